namespace OrleansInfer.Engine;

/// <summary>What runs in a step. Taken once and refilled.</summary>
internal sealed class ScheduledBatch(int maxNumSeqs, int maxNumBatchedTokens)
{
    readonly ScheduledSequence[] _sequences = new ScheduledSequence[maxNumSeqs];
    int _count;

    public ReadOnlySpan<ScheduledSequence> Sequences => _sequences.AsSpan(0, _count);

    public int NumTokens { get; private set; }

    /// <summary>Tokens that the step may still take.</summary>
    public int Budget => maxNumBatchedTokens - NumTokens;

    public void Clear()
    {
        _sequences.AsSpan(0, _count).Clear();
        (_count, NumTokens) = (0, 0);
    }

    public void Add(Sequence sequence, int numNewTokens)
    {
        _sequences[_count++] = new ScheduledSequence(sequence, numNewTokens);
        NumTokens += numNewTokens;
    }
}
