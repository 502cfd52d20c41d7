namespace OrleansInfer.Abstractions;

/// <summary>The finished messages of a conversation and where its next token will stand.</summary>
[GenerateSerializer, Immutable, Alias("oi.ConversationHistory")]
public sealed record ConversationHistory(
    [property: Id(0)] IReadOnlyList<ChatMessage> Messages,
    [property: Id(1)] long NextSeq,
    [property: Id(2)] TurnInfo? RunningTurn);
