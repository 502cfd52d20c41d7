using System.Numerics;

namespace OrleansInfer.Engine;

/// <summary>
/// The fewest tokens, the heaviest first and of equals the lower id, that hold a part of the sum of all weights: top_p. A. Holtzman et al.,
/// "The Curious Case of Neural Text Degeneration", ICLR 2020. The weight where the nucleus ends is found by bisection, a vectorized pass a
/// step, until so few tokens are in question that they can be sorted: nothing of the vocabulary is ever moved.
/// </summary>
internal static class Nucleus
{
    const int Few = 256;

    /// <summary>Sets the weights of all tokens outside the nucleus to nothing and returns the new sum.</summary>
    /// <param name="keys">Scratch, as long as the weights.</param>
    public static long Keep(Span<int> weights, long sum, float topP, Span<ulong> keys)
    {
        var target = Math.Clamp((long)Math.Ceiling(sum * (double)topP), 1, sum);
        // Tokens of weight least and more reach the target, those of weight most and more do not. The start is safe: what all
        // tokens lighter than it could hold together is no more than the nucleus may lack.
        var (least, most) = ((int)((sum - target) / weights.Length) + 1, TokenWeights.One + 1);
        var (numLeast, numMost, held) = (weights.Length, 0, 0L);
        while (most - least > 1 && numLeast - numMost > Few)
        {
            var middle = most / 2 > least ? (int)Math.Sqrt((double)least * most) : least + (most - least) / 2;
            var (reached, count) = TokenWeights.SumFrom(weights, middle);
            if (reached >= target) (least, numLeast) = (middle, count);
            else (most, numMost, held) = (middle, count, reached);
        }
        TokenWeights.Cut(weights, least);
        var inQuestion = Collect(weights, most, keys);
        if (most - least > 1) inQuestion.Sort(static (a, b) => b.CompareTo(a)); // of equal weights they stand in order already
        foreach (var key in inQuestion)
        {
            if (held >= target) weights[Selection.IndexOf(key)] = 0;
            else held += weights[Selection.IndexOf(key)];
        }
        return held;
    }

    // Keys of the tokens that weigh something, but less than most.
    static Span<ulong> Collect(ReadOnlySpan<int> weights, int most, Span<ulong> keys)
    {
        var count = 0;
        for (var start = 0; start < weights.Length; start += Vector<int>.Count)
        {
            var part = weights.Slice(start, Math.Min(Vector<int>.Count, weights.Length - start));
            if (part.Length == Vector<int>.Count && !IsAnyBetween(new Vector<int>(part), most)) continue;
            for (var i = 0; i < part.Length; i++)
                if (part[i] > 0 && part[i] < most) keys[count++] = Selection.KeyOf(part[i], start + i);
        }
        return keys[..count];
    }

    static bool IsAnyBetween(Vector<int> part, int most) =>
        (Vector.GreaterThan(part, Vector<int>.Zero) & Vector.LessThan(part, new Vector<int>(most))) != Vector<int>.Zero;
}
