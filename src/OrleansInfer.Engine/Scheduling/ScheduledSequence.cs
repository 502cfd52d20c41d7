namespace OrleansInfer.Engine;

/// <summary>A sequence's part of a step: its next tokens to compute.</summary>
internal readonly record struct ScheduledSequence(Sequence Sequence, int NumNewTokens)
{
    /// <summary>The step computes the last known token, so it gives the next one.</summary>
    public bool Samples => Sequence.NumComputedTokens + NumNewTokens == Sequence.NumTokens;
}
