namespace OrleansInfer.Grains;

/// <summary>Tokens of one or more choices, and ends of choices. Once this is in the journal readers may see it, and not before.</summary>
[GenerateSerializer, Immutable, Alias("oi.TokensCommitted")]
sealed record TokensCommitted([property: Id(0)] ChoiceTokens[] Choices) : ConversationEvent;
