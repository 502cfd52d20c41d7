namespace OrleansInfer.Grains;

/// <summary>All choices have ended and nothing is left to recover.</summary>
/// <param name="Answers">
/// The text of each choice. It follows from the tokens, but only for someone who has the tokenizer: a silo that serves another model by
/// then still knows the history.
/// </param>
/// <param name="EndedAt">Null: older programs did not write it.</param>
[GenerateSerializer, Immutable, Alias("oi.TurnEnded")]
sealed record TurnEnded(
    [property: Id(0)] DateTimeOffset? ExpiresAt, [property: Id(1)] string[] Answers, [property: Id(2)] DateTimeOffset? EndedAt)
    : ConversationEvent;
