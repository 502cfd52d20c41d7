using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>A sampler's choice; <see cref="TokenId"/> is -1 when the logits hold no number to choose by.</summary>
internal readonly record struct SampledToken(int TokenId, TokenLogprobs? Logprobs);
