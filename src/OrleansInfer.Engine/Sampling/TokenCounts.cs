using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>The distinct tokens of a sequence and how often each was generated: what penalties look at.</summary>
internal sealed class TokenCounts
{
    readonly Dictionary<int, int> _numGenerated = []; // 0: only in the prompt

    public TokenCounts(ReadOnlySpan<int> promptTokenIds, ReadOnlySpan<int> outputTokenIds)
    {
        foreach (var id in promptTokenIds) _numGenerated.TryAdd(id, 0);
        foreach (var id in outputTokenIds) Add(id);
    }

    public static bool AreNeeded(SamplingParams p) => p.RepetitionPenalty != 1 || p.PresencePenalty != 0 || p.FrequencyPenalty != 0;

    public void Add(int tokenId) => _numGenerated[tokenId] = _numGenerated.GetValueOrDefault(tokenId) + 1;

    /// <summary>Repetition first, then frequency and presence, each token by itself: the order of the tokens does not matter.</summary>
    public void Penalize(Span<float> logits, SamplingParams p)
    {
        foreach (var (id, count) in _numGenerated)
        {
            var logit = logits[id];
            logit = logit > 0 ? logit / p.RepetitionPenalty : logit * p.RepetitionPenalty;
            if (count > 0) logit = logit - p.FrequencyPenalty * count - p.PresencePenalty;
            logits[id] = logit;
        }
    }
}
