namespace OrleansInfer.Engine;

/// <summary>What a step gave one sequence.</summary>
public readonly record struct SequenceOutput
{
    internal SequenceOutput(Sequence sequence, GeneratedToken token) => (Sequence, Token) = (sequence, token);

    internal Sequence Sequence { get; }

    public GeneratedToken Token { get; }

    public string RequestId => Sequence.Request.RequestId;

    public int Choice => Sequence.Request.Choice;
}
