using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels;

/// <summary>Zeroed memory outside the managed heap, 64-byte aligned: a cache line, and a whole vector.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    const int Alignment = 64;

    readonly void* allocation;
    readonly byte* data;
    int disposed;

    public NativeBuffer(long bytes)
    {
        Bytes = bytes;
        // calloc gives large blocks as untouched zero pages: memory is taken when it is first written
        allocation = NativeMemory.AllocZeroed((nuint)bytes + Alignment);
        data = (byte*)(((nuint)allocation + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    ~NativeBuffer() => Free();

    public long Bytes { get; }

    public byte* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed != 0, this);
            return data;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        NativeMemory.Free(allocation);
    }
}
