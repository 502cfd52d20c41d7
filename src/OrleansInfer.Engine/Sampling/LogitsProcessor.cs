namespace OrleansInfer.Engine;

/// <summary>What a request changes in its logits before a token is chosen: masked tokens, then biases, then penalties.</summary>
internal static class LogitsProcessor
{
    public static bool IsNeeded(Sequence sequence) =>
        MasksStop(sequence) || sequence.Sampling.LogitBias is { Count: > 0 } || sequence.TokenCounts is not null;

    public static void Process(Sequence sequence, Span<float> logits)
    {
        if (MasksStop(sequence))
        {
            foreach (var id in sequence.EosTokenIds) logits[id] = float.NegativeInfinity;
            foreach (var id in sequence.StopTokenIds) logits[id] = float.NegativeInfinity;
        }
        if (sequence.Sampling.LogitBias is { } biases)
            foreach (var (id, bias) in biases) logits[id] += bias;
        sequence.TokenCounts?.Penalize(logits, sequence.Sampling);
    }

    static bool MasksStop(Sequence sequence) => sequence.NumOutputTokens < sequence.Sampling.MinTokens;
}
