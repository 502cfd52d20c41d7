using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansInfer.Kernels;

/// <summary>
/// Arithmetic on 16 lanes with one fixed order of operations.  Without AVX-512 the JIT cuts each operation into narrower ones with the
/// same result lane by lane, so a kernel written with these gives the same bits on every instruction set that fuses multiply and add.
/// </summary>
internal static unsafe class VectorMath
{
    public const int Lanes = 16;

    /// <summary>
    /// e^x for |x| &lt;= 87, relative error below 2e-7 (reduction by ln 2 in two parts and the minimax polynomial of Cephes' expf);
    /// beyond, the value at the bound: never an infinity, never a subnormal.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var highest = Vector512.Create(87f);
        var lowest = Vector512.Create(-87f);
        x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, highest), highest, x);
        x = Vector512.ConditionalSelect(Vector512.LessThan(x, lowest), lowest, x);

        // adding 1.5 * 2^23 rounds to an integer and leaves that integer in the low bits of the sum
        var magic = Vector512.Create(12582912f);
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504088896341f), magic);
        var n = shifted - magic;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);

        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);

        var scale = (shifted.AsInt32() - magic.AsInt32() + Vector512.Create(127)) << 23;
        return p * scale.AsSingle();
    }

    /// <summary>
    /// 2^x for x &lt;= 0, relative error below 1e-7, and 1 for 0; below -125 the value there, which is no subnormal.  A softmax whose
    /// scores are counted in powers of two needs no reduction by ln 2: half the operations of <see cref="Exp"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp2(Vector512<float> x)
    {
        x = Vector512.MaxNative(Vector512.Create(-125f), x); // in this order a NaN stays one
        // adding 1.5 * 2^23 rounds to an integer and leaves that integer in the low bits of the sum
        var magic = Vector512.Create(12582912f);
        var shifted = x + magic;
        var r = x - (shifted - magic);

        var p = Vector512.Create(1.5594678e-4f); // minimax of the relative error on [-1/2, 1/2] with p(0) = 1
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3406643e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(9.6176928e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.5503103e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(2.4022652e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(6.9314724e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        return (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
    }

    /// <summary>a += x * v and b += x * w, each rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProducts(float x, Vector512<float> v, Vector512<float> w, ref Vector512<float> a, ref Vector512<float> b)
    {
        var spread = Vector512.Create(x);
        a = Vector512.FusedMultiplyAdd(spread, v, a);
        b = Vector512.FusedMultiplyAdd(spread, w, b);
    }

    /// <summary>In each lane of 32 bits the sum of two products of 16-bit integers: exact, but where all four are the least.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> PairSums(Vector512<short> a, Vector512<short> b) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(a, b)
        : Vector512.Create(PairSums(a.GetLower(), b.GetLower()), PairSums(a.GetUpper(), b.GetUpper()));

    /// <summary>The same of half as many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> PairSums(Vector256<short> a, Vector256<short> b)
    {
        if (Avx2.IsSupported) return Avx2.MultiplyAddAdjacent(a, b);
        var (x, y) = (a.AsInt32(), b.AsInt32());
        return ((x << 16) >> 16) * ((y << 16) >> 16) + (x >> 16) * (y >> 16);
    }

    /// <summary>The sum of the lanes, halves on halves: the order is part of the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> v)
    {
        var half = v.GetLower() + v.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        var pair = quarter + Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1));
        return pair.GetElement(0) + pair.GetElement(1);
    }

    /// <summary>The largest lane; lanes that are not numbers may be passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> v)
    {
        var half = Larger(v.GetLower(), v.GetUpper());
        var quarter = Larger(half.GetLower(), half.GetUpper());
        var pair = Larger(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        var (a, b) = (pair.GetElement(0), pair.GetElement(1));
        return a > b ? a : b;
    }

    /// <summary>x *= scale; <paramref name="count"/> is a multiple of 16.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Scale(float* x, float scale, int count)
    {
        for (var i = 0; i < count; i += Lanes) (Vector512.Load(x + i) * scale).Store(x + i);
    }

    /// <summary>The first <paramref name="count"/> elements behind <paramref name="index"/>, zeros in the other lanes.</summary>
    public static Vector512<float> LoadPart<T>(void* data, nint index, int count) where T : struct, IElement
    {
        var lanes = stackalloc float[Lanes];
        for (var i = 0; i < Lanes; i++) lanes[i] = i < count ? T.Get(data, index + i) : 0;
        return Vector512.Load(lanes);
    }

    /// <summary>Writes the first <paramref name="count"/> lanes.</summary>
    public static void StorePart<T>(void* data, nint index, int count, Vector512<float> value) where T : struct, IElement
    {
        for (var i = 0; i < count; i++) T.Set(data, index + i, value.GetElement(i));
    }

    static Vector256<float> Larger(Vector256<float> a, Vector256<float> b) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(a, b), a, b);

    static Vector128<float> Larger(Vector128<float> a, Vector128<float> b) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);
}
