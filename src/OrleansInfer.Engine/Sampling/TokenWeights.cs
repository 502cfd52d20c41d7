using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OrleansInfer.Engine;

/// <summary>
/// Probabilities as integers: the most likely token weighs 2^30, the others in proportion. Integer sums do not depend on their order, so a
/// draw is the same bit for bit at every vector width; a token less likely than 2^-31 of the best one weighs nothing.
/// </summary>
internal static class TokenWeights
{
    /// <summary>Weight of the most likely token.</summary>
    public const int One = 1 << 30;

    const float Log2E = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    const float RoundToInteger = 12_582_912; // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
    const float Least = -60; // far below the smallest weight, far above the smallest exponent

    /// <summary>The largest logit; NaN when any is NaN.</summary>
    public static float Max(ReadOnlySpan<float> logits)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var max = float.NegativeInfinity;
        if (vectors.Length > 0)
        {
            var (max0, max1) = (vectors[0], vectors[^1]); // two chains hide the latency
            for (var i = 1; i < vectors.Length; i += 2) (max0, max1) = (Vector.Max(max0, vectors[i]), Vector.Max(max1, vectors[i - 1]));
            max0 = Vector.Max(max0, max1);
            for (var lane = 0; lane < Vector<float>.Count; lane++) max = MathF.Max(max, max0[lane]);
        }
        foreach (var logit in logits[(vectors.Length * Vector<float>.Count)..]) max = MathF.Max(max, logit);
        return max;
    }

    /// <summary>The lowest token id whose logit is <paramref name="value"/>.</summary>
    public static int IndexOf(ReadOnlySpan<float> logits, float value)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var (wanted, start) = (new Vector<float>(value), 0);
        foreach (ref readonly var vector in vectors)
        {
            if (Vector.EqualsAny(vector, wanted)) break;
            start += Vector<float>.Count;
        }
        while (start < logits.Length && logits[start] != value) start++;
        return start < logits.Length ? start : -1;
    }

    /// <summary>Writes the weight of every logit, exp((logit - max) * scale) in units of 2^-30, and returns their sum.</summary>
    public static long Compute(ReadOnlySpan<float> logits, float max, float scale, Span<int> weights)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var done = vectors.Length * Vector<float>.Count;
        var sum = Compute(vectors, max, scale, MemoryMarshal.Cast<int, Vector<int>>(weights)[..vectors.Length]);

        // The rest takes the same path, so that a logit's weight does not depend on where it stands.
        Span<Vector<float>> rest = [new(float.NegativeInfinity)];
        Span<Vector<int>> restWeights = [default];
        logits[done..].CopyTo(MemoryMarshal.Cast<Vector<float>, float>(rest));
        sum += Compute(rest, max, scale, restWeights);
        MemoryMarshal.Cast<Vector<int>, int>(restWeights)[..(logits.Length - done)].CopyTo(weights[done..]);
        return sum;
    }

    static long Compute(ReadOnlySpan<Vector<float>> logits, float max, float scale, Span<Vector<int>> weights)
    {
        var (maxes, scales, sums) = (new Vector<float>(max), new Vector<float>(scale), Vector<long>.Zero);
        for (var i = 0; i < logits.Length; i++)
        {
            var weight = Weigh((logits[i] - maxes) * scales);
            weights[i] = weight;
            Vector.Widen(weight, out var low, out var high);
            sums += low + high;
        }
        return Vector.Sum(sums);
    }

    /// <summary>Sets weights below <paramref name="least"/> to nothing and returns the new sum.</summary>
    public static long Cut(Span<int> weights, int least)
    {
        var vectors = MemoryMarshal.Cast<int, Vector<int>>(weights);
        var leasts = new Vector<int>(least);
        foreach (ref var vector in vectors) vector &= Vector.GreaterThanOrEqual(vector, leasts);
        foreach (ref var weight in weights[(vectors.Length * Vector<int>.Count)..])
            if (weight < least) weight = 0;
        return Sum(weights);
    }

    /// <summary>The sum and the number of the weights of at least <paramref name="least"/>.</summary>
    public static (long Sum, int Count) SumFrom(ReadOnlySpan<int> weights, int least)
    {
        var vectors = MemoryMarshal.Cast<int, Vector<int>>(weights);
        var (leasts, sums, counts) = (new Vector<int>(least), Vector<long>.Zero, Vector<int>.Zero);
        foreach (ref readonly var vector in vectors)
        {
            var isFrom = Vector.GreaterThanOrEqual(vector, leasts); // -1 where it is
            Vector.Widen(vector & isFrom, out var low, out var high);
            sums += low + high;
            counts -= isFrom;
        }
        var (sum, count) = (Vector.Sum(sums), Vector.Sum(counts));
        foreach (var weight in weights[(vectors.Length * Vector<int>.Count)..])
            if (weight >= least) (sum, count) = (sum + weight, count + 1);
        return (sum, count);
    }

    public static long Sum(ReadOnlySpan<int> weights)
    {
        var vectors = MemoryMarshal.Cast<int, Vector<int>>(weights);
        var (sums, sum) = (Vector<long>.Zero, 0L);
        foreach (ref readonly var vector in vectors)
        {
            Vector.Widen(vector, out var low, out var high);
            sums += low + high;
        }
        foreach (var weight in weights[(vectors.Length * Vector<int>.Count)..]) sum += weight;
        return sum + Vector.Sum(sums);
    }

    /// <summary>The token in whose part of the line of all weights, laid end to end in the order of ids, the point falls.</summary>
    public static int Locate(ReadOnlySpan<int> weights, long point)
    {
        const int Stretch = 512;
        var start = 0;
        for (; start + Stretch < weights.Length; start += Stretch)
        {
            var sum = Sum(weights.Slice(start, Stretch));
            if (point < sum) break;
            point -= sum;
        }
        while (point >= weights[start]) point -= weights[start++];
        return start;
    }

    // exp(x) for x <= 0 as 2^n * e^r, |r| <= ln(2)/2, with the polynomial of Cephes' expf. Every operation is a plain IEEE one,
    // none fused, so that all processors agree on the last bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // called, its argument would go through memory
    static Vector<int> Weigh(Vector<float> x)
    {
        x = Vector.MaxNative(x, new Vector<float>(Least)); // there is no NaN here, which Vector.Max takes great pains over
        var shifted = x * Log2E + new Vector<float>(RoundToInteger);
        var n = shifted - new Vector<float>(RoundToInteger);
        var r = x - n * Ln2High - n * Ln2Low;
        var p = new Vector<float>(1.9875691500e-4f) * r + new Vector<float>(1.3981999507e-3f);
        p = p * r + new Vector<float>(8.3334519073e-3f);
        p = p * r + new Vector<float>(4.1665795894e-2f);
        p = p * r + new Vector<float>(1.6666665459e-1f);
        p = p * r + new Vector<float>(5.0000001201e-1f);
        p = p * r * r + r + Vector<float>.One;
        var exponent = Vector.ShiftLeft(Vector.AsVectorInt32(shifted), 23); // n stands in the low bits: n * 2^23 by wrapping
        var exp = Vector.AsVectorSingle(Vector.AsVectorInt32(p) + exponent);
        return Vector.ConvertToInt32Native(exp * One + new Vector<float>(0.5f));
    }
}
