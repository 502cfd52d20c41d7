using System.Runtime.CompilerServices;

namespace OrleansInfer.Kernels;

/// <summary>Writes a token's key or value of one head to its slot; <see cref="KvCache"/> says how a page is laid out.</summary>
internal static unsafe class KvPage
{
    public static void StoreKey(DataType type, byte* page, nint slot, nint blockSize, float* key, int headDim)
    {
        switch (type)
        {
            case DataType.Float32: Spread<Float32Element>(page, slot, blockSize, key, headDim); break;
            case DataType.BFloat16: Spread<BFloat16Element>(page, slot, blockSize, key, headDim); break;
            default:
                var bytes = stackalloc byte[headDim];
                Quantize(page, slot, blockSize, key, headDim, bytes);
                for (nint i = 0; i < headDim; i++) page[i * blockSize + slot] = bytes[i];
                break;
        }
    }

    public static void StoreValue(DataType type, byte* page, nint slot, nint blockSize, float* value, int headDim)
    {
        switch (type)
        {
            case DataType.Float32: Copy<Float32Element>(page, slot, value, headDim); break;
            case DataType.BFloat16: Copy<BFloat16Element>(page, slot, value, headDim); break;
            default: Quantize(page, slot, blockSize, value, headDim, page + slot * headDim); break;
        }
    }

    /// <summary>As activations are quantized, but signed: here both sides of a product are floats.</summary>
    static void Quantize(byte* page, nint slot, nint blockSize, float* x, int headDim, byte* to)
    {
        RowQuantizer.Row(x, headDim, DataType.Int8, to, (float*)(page + blockSize * headDim) + slot, 0);
        for (var i = 0; i < headDim; i++) to[i] ^= RowQuantizer.ByteZero;
    }

    [MethodImpl(Jit.Loop)]
    static void Spread<T>(byte* page, nint slot, nint blockSize, float* key, nint headDim) where T : struct, IElement
    {
        for (nint i = 0; i < headDim; i++) T.Set(page, i * blockSize + slot, key[i]);
    }

    [MethodImpl(Jit.Loop)]
    static void Copy<T>(byte* page, nint slot, float* value, nint headDim) where T : struct, IElement
    {
        for (nint i = 0; i < headDim; i += VectorMath.Lanes) T.Store(page, slot * headDim + i, Float32Element.Load(value, i));
    }
}
