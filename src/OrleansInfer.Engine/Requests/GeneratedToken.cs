using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>What a step gave a sequence: a token, its end, or both.</summary>
/// <param name="TokenId">-1: none, only the end. An end-of-sequence or stop token is given like any other.</param>
/// <param name="FinishReason">Set exactly once, on the last.</param>
/// <param name="Logprobs">Of the token, when asked for.</param>
/// <param name="NumCachedTokens">How many tokens of the prompt came from the prefix cache.</param>
public readonly record struct GeneratedToken(int TokenId, FinishReason? FinishReason, TokenLogprobs? Logprobs, int NumCachedTokens);
