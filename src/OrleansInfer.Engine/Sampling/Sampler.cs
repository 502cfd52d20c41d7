using System.Numerics;
using System.Runtime.InteropServices;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>
/// Chooses the next token of a sequence from its logits. The order is vLLM's: log probabilities of the raw logits, then masks, biases and
/// penalties, temperature, min_p, top_k, top_p, draw. The choice depends on the logits, the sequence and its seed alone; ties go to the
/// lowest id.
/// </summary>
internal sealed class Sampler(int vocabSize)
{
    /// <summary>A temperature below this is 0: greedy.</summary>
    public const float LeastTemperature = 1e-5f;

    const int Stretch = 64; // logits that are passed over together; a whole number of vectors

    readonly float[] _logits = new float[vocabSize];
    readonly int[] _weights = new int[vocabSize];
    readonly ulong[] _keys = new ulong[vocabSize];
    readonly int[] _kept = new int[vocabSize];

    public SampledToken Sample(Sequence sequence, ReadOnlySpan<float> logits)
    {
        var p = sequence.Sampling;
        var row = logits;
        if (LogitsProcessor.IsNeeded(sequence))
        {
            logits.CopyTo(_logits);
            LogitsProcessor.Process(sequence, _logits);
            row = _logits;
        }
        var max = TokenWeights.Max(row);
        if (!float.IsFinite(max)) return new SampledToken(-1, null);
        var token = p.Temperature < LeastTemperature ? TokenWeights.IndexOf(row, max) : Draw(sequence, row, max);
        return new SampledToken(token, p.Logprobs is { } count ? Logprobs(logits, token, count) : null);
    }

    int Draw(Sequence sequence, ReadOnlySpan<float> row, float max)
    {
        var p = sequence.Sampling;
        var isTopK = p.TopK > 0 && p.TopK < row.Length;
        var kept = isTopK ? TakeTopK(row, p.TopK) : []; // indices; all of the row when it is empty
        var weights = _weights.AsSpan(0, isTopK ? kept.Length : row.Length);
        if (isTopK)
        {
            for (var i = 0; i < kept.Length; i++) _logits[i] = row[kept[i]]; // kept is ascending: nothing is overwritten before it is read
            row = _logits.AsSpan(0, kept.Length);
        }
        var sum = TokenWeights.Compute(row, max, 1 / p.Temperature, weights);
        if (p.MinP > 0) sum = TokenWeights.Cut(weights, (int)Math.Ceiling((double)p.MinP * TokenWeights.One));
        if (p.TopP < 1) sum = Nucleus.Keep(weights, sum, p.TopP, _keys);

        var random = Philox.Draw(sequence.Request.Seed, sequence.Request.Choice, sequence.NumOutputTokens);
        var point = (long)Math.BigMul(random, (ulong)sum, out _); // uniform in [0, sum)
        var place = TokenWeights.Locate(weights, point);
        return isTopK ? kept[place] : place;
    }

    // The indices of the k greatest logits, ascending. Those below the k-th best so far are passed over a vector at a time.
    Span<int> TakeTopK(ReadOnlySpan<float> row, int k)
    {
        var keys = CollectTopK(row, k);
        var indices = _kept.AsSpan(0, keys.Length);
        for (var i = 0; i < indices.Length; i++) indices[i] = Selection.IndexOf(keys[i]);
        indices.Sort();
        return indices;
    }

    Span<ulong> CollectTopK(ReadOnlySpan<float> row, int k)
    {
        var buffer = _keys.AsSpan(0, (int)Math.Min(row.Length, Math.Max(2L * k, k + 256L)));
        var (count, least) = (0, float.NegativeInfinity);
        for (var start = 0; start < row.Length; start += Stretch)
        {
            var part = row.Slice(start, Math.Min(Stretch, row.Length - start));
            if (part.Length == Stretch && !IsAnyAbove(part, least)) continue;
            for (var i = 0; i < part.Length; i++)
            {
                if (!(part[i] > least)) continue;
                if (count == buffer.Length)
                {
                    (count, least) = (k, Shrink(row, buffer, k));
                    if (!(part[i] > least)) continue;
                }
                buffer[count++] = Selection.KeyOf(part[i], start + i);
            }
        }
        Selection.MoveGreatest(buffer[..count], k);
        return buffer[..Math.Min(count, k)];
    }

    static bool IsAnyAbove(ReadOnlySpan<float> stretch, float least)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(stretch);
        var leasts = new Vector<float>(least);
        var above = Vector<int>.Zero;
        foreach (ref readonly var vector in vectors) above |= Vector.GreaterThan(vector, leasts);
        return above != Vector<int>.Zero;
    }

    // Keeps the k best and returns the least of their logits. A later one must exceed it: of equals the lower index wins.
    static float Shrink(ReadOnlySpan<float> row, Span<ulong> keys, int k)
    {
        Selection.MoveGreatest(keys, k);
        var least = ulong.MaxValue;
        foreach (var key in keys[..k]) least = Math.Min(least, key);
        return row[Selection.IndexOf(least)];
    }

    TokenLogprobs Logprobs(ReadOnlySpan<float> logits, int token, int count)
    {
        var max = TokenWeights.Max(logits);
        var logSum = Math.Log((double)TokenWeights.Compute(logits, max, 1, _weights) / TokenWeights.One);
        float LogprobOf(float logit) => (float)((double)logit - max - logSum);

        var keys = count > 0 ? CollectTopK(logits, Math.Min(count, logits.Length)) : [];
        keys.Sort(static (a, b) => b.CompareTo(a));
        var top = new TokenLogprob[keys.Length];
        for (var i = 0; i < top.Length; i++)
        {
            var id = Selection.IndexOf(keys[i]);
            top[i] = new TokenLogprob(id, LogprobOf(logits[id]));
        }
        return new TokenLogprobs(LogprobOf(logits[token]), top);
    }
}
