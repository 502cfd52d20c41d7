namespace OrleansInfer.Engine;

/// <summary>What a step gave to whom. Refilled every step: valid until the next one.</summary>
public sealed class StepOutput
{
    SequenceOutput[] _tokens = new SequenceOutput[64];
    int _count;

    /// <summary>At most one token a sequence; a sequence that ended is not seen again.</summary>
    public ReadOnlySpan<SequenceOutput> Tokens => _tokens.AsSpan(0, _count);

    /// <summary>Rows of the model's batch, prompts included; 0 when nothing ran.</summary>
    public int NumScheduledTokens { get; internal set; }

    /// <summary>Where the time of the step went; nothing when nothing ran.</summary>
    public StepTimes Times { get; internal set; }

    /// <summary>Why sequences ended with <see cref="Abstractions.FinishReason.Error"/> in this step, if any did.</summary>
    public Exception? Fault { get; internal set; }

    internal void Clear()
    {
        _tokens.AsSpan(0, _count).Clear();
        (_count, NumScheduledTokens, Fault, Times) = (0, 0, null, default);
    }

    internal void Add(Sequence sequence, GeneratedToken token)
    {
        if (_count == _tokens.Length) Array.Resize(ref _tokens, 2 * _count);
        _tokens[_count++] = new SequenceOutput(sequence, token);
    }
}
