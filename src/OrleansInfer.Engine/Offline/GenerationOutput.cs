using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>One choice of one prompt, complete.</summary>
/// <param name="TokenIds">The end-of-sequence or stop token that ended it included.</param>
/// <param name="Text">Without that token, and without a stop string unless the parameters ask for it.</param>
/// <param name="FinishReason">Stop or Length.</param>
/// <param name="Choice">Index among the choices of the prompt, from 0.</param>
/// <param name="StopReason">The stop string that ended it.</param>
/// <param name="Logprobs">One for each token, when asked for.</param>
/// <param name="NumCachedTokens">How many tokens of the prompt came from the prefix cache.</param>
public sealed record GenerationOutput(
    IReadOnlyList<int> PromptTokenIds,
    IReadOnlyList<int> TokenIds,
    string Text,
    FinishReason FinishReason,
    int Choice,
    string? StopReason,
    IReadOnlyList<TokenLogprobs>? Logprobs,
    int NumCachedTokens);
