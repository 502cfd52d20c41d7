using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>Items that no turn brought.</summary>
/// <param name="Request">The request that added them: made again, it adds nothing.</param>
[GenerateSerializer, Immutable, Alias("oi.ItemsAdded")]
sealed record ItemsAdded([property: Id(0)] ChatMessage[] Items, [property: Id(1)] Guid Request) : ConversationEvent;
