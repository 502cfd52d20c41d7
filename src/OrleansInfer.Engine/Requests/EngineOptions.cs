using System.ComponentModel.DataAnnotations;

namespace OrleansInfer.Engine;

/// <summary>Sizes of an engine; all memory that follows from them is taken at start. Names are vLLM's.</summary>
public sealed record EngineOptions
{
    /// <summary>Most sequences in a step. Default 64.</summary>
    [Range(1, 65_536)]
    public int MaxNumSeqs { get; init; } = 64;

    /// <summary>
    /// Most tokens in a step: one for each decoding sequence, the rest for prompts. At least <see cref="MaxNumSeqs"/>. Default 1,024.
    /// </summary>
    [Range(1, 1 << 20)]
    public int MaxNumBatchedTokens { get; init; } = 1024;

    /// <summary>Longest context, prompt and output together, in tokens. Null: what the model and the KV cache can hold.</summary>
    [Range(2, int.MaxValue)]
    public int? MaxModelLen { get; init; }

    /// <summary>Tokens of a KV block; the CPU's kernels need a multiple of 16. Default 16.</summary>
    [Range(1, 1024)]
    public int BlockSize { get; init; } = 16;

    /// <summary>Keeps the keys and values of full blocks for later requests that start with the same tokens. Default true.</summary>
    public bool EnablePrefixCaching { get; init; } = true;

    /// <summary>Blocks of the KV cache. Null: as many as <see cref="KvCacheBytes"/> holds.</summary>
    [Range(1, 1 << 26)]
    public int? NumBlocks { get; init; }

    /// <summary>Memory of the KV cache in bytes, used when <see cref="NumBlocks"/> is null. Default 1 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long KvCacheBytes { get; init; } = 1L << 30;

    /// <summary>Most requests that wait for a place; one more is refused. Default 1,024.</summary>
    [Range(1, 1 << 20)]
    public int MaxNumWaiting { get; init; } = 1024;

    internal void Validate()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        if (MaxNumBatchedTokens < MaxNumSeqs)
            throw new ValidationException($"MaxNumBatchedTokens ({MaxNumBatchedTokens}) must be at least MaxNumSeqs ({MaxNumSeqs}): " +
                "every running sequence needs one token of each step.");
    }
}
