using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>The conversation was made before its first turn. Where the first event is another, its first turn made it.</summary>
[GenerateSerializer, Immutable, Alias("oi.ConversationCreated")]
sealed record ConversationCreated : ConversationEvent
{
    [Id(0)] public required DateTimeOffset Created { get; init; }

    [Id(1)] public required bool Named { get; init; }

    [Id(2)] public required Dictionary<string, string> Metadata { get; init; }

    [Id(3)] public required ChatMessage[] Items { get; init; }

    /// <summary>Unless a turn follows. Null: it is kept.</summary>
    [Id(4)] public required DateTimeOffset? ExpiresAt { get; init; }
}
