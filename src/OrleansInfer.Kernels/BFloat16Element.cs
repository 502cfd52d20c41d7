using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansInfer.Kernels;

/// <summary>bfloat16: reading is a shift, writing rounds to nearest even and keeps NaN a NaN.</summary>
internal readonly unsafe struct BFloat16Element : IElement
{
    public static int Size => sizeof(ushort);

    public static float ToFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static ushort FromFloat(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Get(void* data, nint index) => ToFloat(((ushort*)data)[index]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(void* data, nint index, float value) => ((ushort*)data)[index] = FromFloat(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* data, nint index)
    {
        var halves = Vector256.Load((ushort*)data + index);
        if (Avx512F.IsSupported) return (Avx512F.ConvertToVector512UInt32(halves) << 16).AsSingle();
        var (lower, upper) = Vector256.Widen(halves);
        return Vector512.Create(lower << 16, upper << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* data, nint index, Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var upper = bits >>> 16;
        var rounded = (bits + Vector512.Create(0x7fffu) + (upper & Vector512<uint>.One)) >>> 16;
        var number = Vector512.Equals(value, value).AsUInt32();
        var halves = Vector512.ConditionalSelect(number, rounded, upper | Vector512.Create(0x40u));
        var narrow = Avx512F.IsSupported
            ? Avx512F.ConvertToVector256UInt16(halves)
            : Vector256.Narrow(halves.GetLower(), halves.GetUpper());
        narrow.Store((ushort*)data + index);
    }
}
