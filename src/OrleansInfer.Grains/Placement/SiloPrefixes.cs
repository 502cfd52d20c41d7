using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// What a silo tells the others about the prefixes in its KV cache, every second: the keys themselves. A Bloom filter with one false match
/// in a hundred would be a third as large; 16 KiB a second is little, and here it is one in a million.
/// </summary>
[GenerateSerializer, Immutable, Alias("oi.SiloPrefixes")]
sealed record SiloPrefixes
{
    [Id(0)] public required SiloAddress Silo { get; init; }

    /// <summary>That of the silo's last load report.</summary>
    [Id(1)] public required long Version { get; init; }

    /// <summary>In ascending order; at most <see cref="WarmPrefixes.MaxKeys"/>.</summary>
    [Id(2)] public required uint[] Keys { get; init; }

    /// <summary>Length of the longest prefix that is here, in tokens.</summary>
    public int WarmTokens(ReadOnlySpan<uint> prefix)
    {
        for (var i = prefix.Length - 1; i >= 0; i--)
            if (Array.BinarySearch(Keys, prefix[i]) >= 0) return PromptPrefix.LengthOf(i);
        return 0;
    }
}
