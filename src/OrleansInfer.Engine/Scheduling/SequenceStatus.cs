namespace OrleansInfer.Engine;

/// <summary>Where a sequence stands with the scheduler.</summary>
internal enum SequenceStatus
{
    /// <summary>Owns no blocks: new, or preempted.</summary>
    Waiting,

    /// <summary>Owns blocks and takes part in steps.</summary>
    Running,

    /// <summary>Has its <see cref="Sequence.FinishReason"/>, owns nothing.</summary>
    Finished,
}
