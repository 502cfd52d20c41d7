namespace OrleansInfer.Grains;

/// <summary>An item is no longer part of the conversation.</summary>
[GenerateSerializer, Immutable, Alias("oi.ItemDeleted")]
sealed record ItemDeleted([property: Id(0)] long Number) : ConversationEvent;
