using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansInfer.Kernels;

/// <summary>Signed bytes of an int8 KV cache; their scales stand apart, one a token and head.</summary>
internal readonly unsafe struct Int8Element : IPageElement
{
    public static int Size => sizeof(sbyte);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* data, nint index)
    {
        var bytes = Vector128.Load((sbyte*)data + index);
        if (Avx512F.IsSupported) return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(bytes));
        var (lower, upper) = Vector128.Widen(bytes);
        var (a, b) = Vector256.Widen(Vector256.Create(lower, upper));
        return Vector512.ConvertToSingle(Vector512.Create(a, b));
    }
}
