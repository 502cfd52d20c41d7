namespace OrleansInfer.Abstractions;

/// <summary>What a conversation holds from a sequence number on.</summary>
[GenerateSerializer, Immutable, Alias("oi.TokenPage")]
public sealed record TokenPage
{
    /// <summary>In the order of their sequence numbers, without gaps.</summary>
    [Id(0)] public required IReadOnlyList<TokenEvent> Events { get; init; }

    /// <summary>The turn has ended and no event follows these.</summary>
    [Id(1)] public required bool Done { get; init; }

    /// <summary>Set with <see cref="Done"/>.</summary>
    [Id(2)] public TurnUsage? Usage { get; init; }
}

/// <summary>Tokens of a turn.</summary>
[GenerateSerializer, Immutable, Alias("oi.TurnUsage")]
public sealed record TurnUsage(
    [property: Id(0)] int PromptTokens,
    [property: Id(1)] int CompletionTokens,
    [property: Id(2)] int CachedTokens);

/// <summary>What a conversation publishes to its Orleans stream, after the commit.</summary>
[GenerateSerializer, Immutable, Alias("oi.TokenBatch")]
public sealed record TokenBatch(
    [property: Id(0)] string ConversationId,
    [property: Id(1)] IReadOnlyList<TokenEvent> Events,
    [property: Id(2)] bool Done);
