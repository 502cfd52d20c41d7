using System.Diagnostics;

namespace OrleansInfer.Engine;

/// <summary>
/// Full blocks by the hash of their contents. Those that no sequence uses stand in a list in the order of their release and are evicted
/// from its old end; a sequence releases its tail first, so a chain loses its tail before its head.
/// </summary>
internal sealed class PrefixCache(int capacity)
{
    readonly Dictionary<BlockHash, KvBlock> _blocks = new(capacity);
    KvBlock? _oldest, _newest;

    /// <summary>Blocks with a hash, owned ones included.</summary>
    public int NumHashed => _blocks.Count;

    /// <summary>Blocks that can be evicted.</summary>
    public int NumUnused { get; private set; }

    public KvBlock? Find(BlockHash hash) => _blocks.GetValueOrDefault(hash);

    /// <summary>
    /// Makes a full, computed block known. False when another block has the same contents: that one stays, this one is freed at its
    /// release.
    /// </summary>
    public bool TryAdd(KvBlock block, BlockHash hash)
    {
        if (!_blocks.TryAdd(hash, block)) return false;
        block.Hash = hash;
        return true;
    }

    /// <summary>The last sequence that used the block has released it.</summary>
    public void Retire(KvBlock block)
    {
        (block.Older, block.Newer) = (_newest, null);
        if (_newest is null) _oldest = block;
        else _newest.Newer = block;
        _newest = block;
        NumUnused++;
    }

    /// <summary>A sequence uses the block again.</summary>
    public void Revive(KvBlock block)
    {
        if (block.Older is null) _oldest = block.Newer;
        else block.Older.Newer = block.Newer;
        if (block.Newer is null) _newest = block.Older;
        else block.Newer.Older = block.Older;
        (block.Older, block.Newer) = (null, null);
        NumUnused--;
    }

    /// <summary>Forgets the block that has been unused for longest and returns it. There must be one.</summary>
    public KvBlock Evict()
    {
        var block = _oldest ?? throw new UnreachableException("No cached block to evict.");
        Revive(block);
        _blocks.Remove(block.Hash!.Value);
        block.Hash = null;
        return block;
    }

    /// <summary>Unused blocks, oldest first.</summary>
    public IEnumerable<KvBlock> Unused()
    {
        for (var block = _oldest; block is not null; block = block.Newer) yield return block;
    }
}
