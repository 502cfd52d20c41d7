namespace OrleansInfer.Abstractions;

/// <summary>Some items of a conversation, in the order asked for.</summary>
/// <param name="HasMore">Others follow in that order.</param>
[GenerateSerializer, Immutable, Alias("oi.ItemPage")]
public sealed record ItemPage([property: Id(0)] IReadOnlyList<ConversationItem> Items, [property: Id(1)] bool HasMore);
