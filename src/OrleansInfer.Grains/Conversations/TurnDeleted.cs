namespace OrleansInfer.Grains;

/// <summary>A turn that has ended is no longer known; the items it made are.</summary>
[GenerateSerializer, Immutable, Alias("oi.TurnDeleted")]
sealed record TurnDeleted([property: Id(0)] int Turn) : ConversationEvent;
