namespace OrleansInfer.Abstractions;

/// <summary>The natural logarithm of a token's probability.</summary>
[GenerateSerializer, Immutable, Alias("oi.TokenLogprob")]
public readonly record struct TokenLogprob([property: Id(0)] int TokenId, [property: Id(1)] float Logprob);

/// <summary>
/// Log probabilities at one position, before temperature and penalties: of the token chosen and of the most likely ones, best first.
/// </summary>
[GenerateSerializer, Immutable, Alias("oi.TokenLogprobs")]
public sealed record TokenLogprobs([property: Id(0)] float Logprob, [property: Id(1)] IReadOnlyList<TokenLogprob> Top);
