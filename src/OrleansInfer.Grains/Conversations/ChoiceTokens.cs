using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>The next tokens of a choice. Their text is not kept: it follows from the ids.</summary>
[GenerateSerializer, Immutable, Alias("oi.ChoiceTokens")]
sealed record ChoiceTokens
{
    [Id(0)] public required int Choice { get; init; }

    [Id(1)] public required int[] TokenIds { get; init; }

    /// <summary>One for each token, where the request asked for them.</summary>
    [Id(2)] public TokenLogprobs[]? Logprobs { get; init; }

    /// <summary>Set when the choice ends behind these tokens, as far as the engine knows: a stop string may end it before.</summary>
    [Id(3)] public FinishReason? FinishReason { get; init; }

    /// <summary>Tokens of the prompt that came from the prefix cache; set with the first tokens.</summary>
    [Id(4)] public int CachedTokens { get; init; }
}
