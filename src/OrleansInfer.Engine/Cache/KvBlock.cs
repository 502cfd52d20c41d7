namespace OrleansInfer.Engine;

/// <summary>
/// A block of the KV cache. It is owned (some sequence's table names it), cached (no table does, but it has a hash by which it can be
/// found) or free. Its contents never change once it has a hash.
/// </summary>
internal sealed class KvBlock(int id)
{
    public int Id { get; } = id;

    /// <summary>How many block tables name it.</summary>
    public int RefCount { get; set; }

    /// <summary>Set while the prefix cache knows the block.</summary>
    public BlockHash? Hash { get; set; }

    /// <summary>Neighbours among the cached blocks, oldest first; null while owned or free.</summary>
    public KvBlock? Older { get; set; }

    public KvBlock? Newer { get; set; }
}
