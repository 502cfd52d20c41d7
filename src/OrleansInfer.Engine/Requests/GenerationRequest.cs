using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>One choice to generate. For n choices submit n of them with the same prompt: its full blocks are computed once.</summary>
public sealed record GenerationRequest
{
    public required string RequestId { get; init; }

    /// <summary>At least one token, and fewer than the longest context.</summary>
    public required IReadOnlyList<int> PromptTokenIds { get; init; }

    /// <summary>
    /// Output tokens that a journal already holds: generation goes on behind them, with the tokens it would have had anyway.
    /// </summary>
    public IReadOnlyList<int> CommittedTokenIds { get; init; } = [];

    /// <summary><see cref="SamplingParams.N"/>, Seed and the stop strings are not read here: the caller has resolved them.</summary>
    public required SamplingParams Sampling { get; init; }

    /// <summary>Key of the random numbers, with <see cref="Choice"/>.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Index of the choice, from 0.</summary>
    public int Choice { get; init; }

    /// <summary>Whose cached prefixes may be shared: requests with different salts never share a block.</summary>
    public string CacheSalt { get; init; } = "";

    /// <summary>The model's end-of-sequence tokens; one of them ends the output unless <see cref="SamplingParams.IgnoreEos"/>.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];
}
