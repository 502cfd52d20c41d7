using System.Numerics;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

/// <summary>What the sampler has to do, with full sorts and one loop a rule.</summary>
internal static class ReferenceSampler
{
    public static int Sample(GenerationRequest request, IReadOnlyList<int> output, ReadOnlySpan<float> logits)
    {
        var p = request.Sampling;
        var row = Process(request, output, logits.ToArray());
        var ids = Enumerable.Range(0, row.Length).OrderByDescending(id => row[id]).ThenBy(id => id).ToList();
        if (p.Temperature < 1e-5f) return ids[0];

        var max = row[ids[0]];
        var weights = row.Select(logit => WeightOf(logit, max, p.Temperature)).ToArray();
        if (p.TopK > 0) ids = ids.Take(p.TopK).ToList();
        ids = ids.Where(id => weights[id] >= (double)p.MinP * TokenWeights.One).ToList();
        if (p.TopP < 1) ids = Nucleus(ids, weights, p.TopP);

        var sum = ids.Sum(id => (long)weights[id]);
        var point = (long)((BigInteger)Philox.Draw(request.Seed, request.Choice, output.Count) * sum >> 64);
        foreach (var id in ids.Order())
        {
            if (point < weights[id]) return id;
            point -= weights[id];
        }
        throw new InvalidOperationException("The draw lies outside of all weights.");
    }

    public static float[] Logprobs(ReadOnlySpan<float> logits)
    {
        var row = logits.ToArray();
        var max = row.Max();
        var logSum = Math.Log(row.Sum(logit => Math.Exp(logit - (double)max)));
        return row.Select(logit => (float)(logit - max - logSum)).ToArray();
    }

    static float[] Process(GenerationRequest request, IReadOnlyList<int> output, float[] row)
    {
        var p = request.Sampling;
        if (output.Count < p.MinTokens)
            foreach (var id in request.EosTokenIds.Concat(p.StopTokenIds)) row[id] = float.NegativeInfinity;
        foreach (var (id, bias) in p.LogitBias ?? new Dictionary<int, float>()) row[id] += bias;
        for (var id = 0; id < row.Length; id++)
        {
            var count = output.Count(other => other == id);
            if (count > 0 || request.PromptTokenIds.Contains(id))
                row[id] = row[id] > 0 ? row[id] / p.RepetitionPenalty : row[id] * p.RepetitionPenalty;
            if (count > 0) row[id] = row[id] - p.FrequencyPenalty * count - p.PresencePenalty;
        }
        return row;
    }

    static int WeightOf(float logit, float max, float temperature)
    {
        Span<int> weight = stackalloc int[1];
        TokenWeights.Compute([logit], max, 1 / temperature, weight);
        return weight[0];
    }

    static List<int> Nucleus(List<int> ids, int[] weights, float topP)
    {
        var target = (long)Math.Ceiling(ids.Sum(id => (long)weights[id]) * (double)topP);
        var (kept, sum) = (new List<int>(), 0L);
        foreach (var id in ids.OrderByDescending(id => weights[id]).ThenBy(id => id))
        {
            kept.Add(id);
            if ((sum += weights[id]) >= target) break;
        }
        return kept;
    }
}
