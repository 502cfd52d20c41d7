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
            Mask(sequence.EosTokenIds, logits);
            Mask(sequence.StopTokenIds, logits);
        }
        if (sequence.Sampling.LogitBias is { } biases)
            foreach (var (id, bias) in biases) logits[id] += bias;
        sequence.TokenCounts?.Penalize(logits, sequence.Sampling);
    }

    // Some checkpoints name an end-of-sequence token that their vocabulary does not have; it is never sampled anyway.
    static void Mask(int[] tokenIds, Span<float> logits)
    {
        foreach (var id in tokenIds)
            if ((uint)id < (uint)logits.Length) logits[id] = float.NegativeInfinity;
    }

    static bool MasksStop(Sequence sequence) => sequence.NumOutputTokens < sequence.Sampling.MinTokens;
}
