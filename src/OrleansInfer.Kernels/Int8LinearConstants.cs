using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels;

/// <summary>
/// The tensors besides x and the weight that libtorch's integer linear wants.  All scales are one, so that it returns the sums themselves:
/// scaling them is done here, in the same way for every kernel.
/// </summary>
internal readonly unsafe struct Int8LinearConstants : IDisposable
{
    readonly void* memory;

    public Int8LinearConstants(int outputs)
    {
        memory = NativeMemory.AllocZeroed((nuint)(2 * outputs + 2), sizeof(int));
        var ones = (float*)memory;
        for (var i = 0; i <= outputs; i++) ones[i] = 1; // the first is the scale of x
        var zeroPoint = (int*)memory + outputs + 1;
        *zeroPoint = RowQuantizer.ByteZero;
        Scale = AtenShim.FromBlob(ones, AtenType.Float32, 1);
        WeightScales = AtenShim.FromBlob(ones + 1, AtenType.Float32, outputs);
        ZeroPoint = AtenShim.FromBlob(zeroPoint, AtenType.Int32, 1);
        WeightZeroPoints = AtenShim.FromBlob(zeroPoint + 1, AtenType.Int32, outputs);
    }

    public nint Scale { get; }

    public nint ZeroPoint { get; }

    public nint WeightScales { get; }

    public nint WeightZeroPoints { get; }

    public void Dispose()
    {
        foreach (var tensor in (ReadOnlySpan<nint>)[Scale, ZeroPoint, WeightScales, WeightZeroPoints]) AtenShim.Delete(tensor);
        NativeMemory.Free(memory);
    }
}
