using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// Some queries' softmax over some of their keys: the largest score, the sum of weights 2^(score - largest), the weighted sum of values.
/// Two such parts make the one of both their keys (Milakov and Gimelshein, arXiv:1805.02867).
/// </summary>
internal unsafe struct PartialSoftmax
{
    public float* Largest; // [queries]
    public float* Weight; // [queries]; 0: no key at all
    public float* Sum; // [queries, headDim]

    /// <summary>Bytes for so many queries, whole cache lines.</summary>
    public static long Size(int queries, int headDim) => (queries * (headDim + 2L) * sizeof(float) + 63) / 64 * 64;

    public static PartialSoftmax At(byte* memory, int queries, int headDim)
    {
        var sum = (float*)memory; // first: its vectors are aligned
        return new PartialSoftmax { Sum = sum, Largest = sum + (nint)queries * headDim, Weight = sum + (nint)queries * (headDim + 1) };
    }

    /// <summary>The part of the queries from <paramref name="query"/> on.</summary>
    public readonly PartialSoftmax From(int query, int headDim) =>
        new() { Sum = Sum + (nint)query * headDim, Largest = Largest + query, Weight = Weight + query };

    /// <summary>Turns a query's scores into weights; of integer values, times the scale of each.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Soften<T>(float* scores, int visible, float** valueScales, float* largest, float* weight)
        where T : struct, IPageElement
    {
        var none = Vector512.Create(float.NegativeInfinity);
        var seen = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(visible % VectorMath.Lanes)).AsSingle();
        var whole = visible - visible % VectorMath.Lanes;
        var highest = none;
        for (var i = 0; i < whole; i += VectorMath.Lanes) highest = Vector512.MaxNative(highest, Vector512.Load(scores + i));
        var last = none;
        if (whole < visible) last = Vector512.ConditionalSelect(seen, Vector512.Load(scores + whole), none);
        *largest = VectorMath.Max(Vector512.MaxNative(highest, last));
        var max = Vector512.Create(*largest);
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < whole; i += VectorMath.Lanes)
        {
            var p = VectorMath.Exp2(Vector512.Load(scores + i) - max);
            sum += p;
            if (typeof(T) == typeof(Int8Element)) p *= Vector512.Load(valueScales[i / VectorMath.Lanes]);
            p.Store(scores + i);
        }
        if (whole < visible)
        {
            var p = Vector512.ConditionalSelect(seen, VectorMath.Exp2(last - max), Vector512<float>.Zero);
            sum += p;
            if (typeof(T) == typeof(Int8Element)) p *= Vector512.Load(valueScales[whole / VectorMath.Lanes]);
            p.Store(scores + whole);
        }
        *weight = VectorMath.Sum(sum);
    }

    /// <summary>Takes in the part of keys that stand behind this one's.</summary>
    [MethodImpl(Jit.Loop)]
    public readonly void Fold(PartialSoftmax next, int queries, int headDim)
    {
        for (nint i = 0; i < queries; i++)
        {
            if (next.Weight[i] == 0) continue;
            var largest = next.Largest[i] > Largest[i] ? next.Largest[i] : Largest[i];
            var keep = VectorMath.Exp2(Vector512.Create(Largest[i] - largest));
            var gain = VectorMath.Exp2(Vector512.Create(next.Largest[i] - largest));
            Largest[i] = largest;
            Weight[i] = MathF.FusedMultiplyAdd(next.Weight[i], gain.ToScalar(), Weight[i] * keep.ToScalar());
            for (var d = i * headDim; d < (i + 1) * headDim; d += VectorMath.Lanes)
            {
                Vector512.FusedMultiplyAdd(Vector512.Load(next.Sum + d), gain, Vector512.Load(Sum + d) * keep).Store(Sum + d);
            }
        }
    }
}
