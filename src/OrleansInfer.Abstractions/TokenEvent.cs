namespace OrleansInfer.Abstractions;

/// <summary>
/// One committed token of a conversation, or the end of a choice. Sequence numbers run through all turns and choices, without gaps.
/// </summary>
[GenerateSerializer, Immutable, Alias("oi.TokenEvent")]
public sealed record TokenEvent
{
    [Id(0)] public required long Seq { get; init; }

    /// <summary>Index of the choice, 0 to N-1.</summary>
    [Id(1)] public required int Choice { get; init; }

    /// <summary>-1: no token, only the end of the choice.</summary>
    [Id(2)] public required int TokenId { get; init; }

    /// <summary>The text that this token makes final: empty while a character or a possible stop string is incomplete.</summary>
    [Id(3)] public required string Text { get; init; }

    [Id(4)] public LogprobsContent? Logprobs { get; init; }

    /// <summary>Set on the last event of a choice.</summary>
    [Id(5)] public FinishReason? FinishReason { get; init; }

    /// <summary>The stop string that ended the choice.</summary>
    [Id(6)] public string? StopReason { get; init; }
}

/// <summary>OpenAI's logprobs content of one token.</summary>
[GenerateSerializer, Immutable, Alias("oi.LogprobsContent")]
public sealed record LogprobsContent([property: Id(0)] LogprobsToken Token, [property: Id(1)] IReadOnlyList<LogprobsToken> Top);

/// <summary>A token with its bytes (which need not be whole characters) and its log probability.</summary>
[GenerateSerializer, Immutable, Alias("oi.LogprobsToken")]
public sealed record LogprobsToken([property: Id(0)] string Text, [property: Id(1)] byte[] Bytes, [property: Id(2)] float Logprob);
