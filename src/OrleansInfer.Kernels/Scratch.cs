namespace OrleansInfer.Kernels;

/// <summary>Memory that a kernel needs for the length of a call: kept, and grown when a larger call comes.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    NativeBuffer? buffer;

    /// <summary>At least <paramref name="bytes"/>, contents undefined, valid until the next call.</summary>
    public byte* Take(long bytes)
    {
        if (buffer is null || buffer.Bytes < bytes)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(Math.Max(bytes, 4096) * 3 / 2);
        }
        return buffer.Data;
    }

    public void Dispose() => buffer?.Dispose();
}
