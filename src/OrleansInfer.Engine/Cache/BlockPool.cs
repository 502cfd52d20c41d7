using System.Diagnostics;

namespace OrleansInfer.Engine;

/// <summary>All blocks of the KV cache and how often each is used. Free blocks are handed out before cached ones are evicted.</summary>
internal sealed class BlockPool
{
    readonly KvBlock[] _blocks;
    readonly Stack<KvBlock> _free;

    public BlockPool(int numBlocks)
    {
        _blocks = new KvBlock[numBlocks];
        _free = new Stack<KvBlock>(numBlocks);
        for (var id = numBlocks - 1; id >= 0; id--) _free.Push(_blocks[id] = new KvBlock(id));
        Cache = new PrefixCache(numBlocks);
    }

    public PrefixCache Cache { get; }

    public int Count => _blocks.Length;

    public int NumFree => _free.Count;

    /// <summary>Blocks that can be had without taking one from a sequence.</summary>
    public int NumAvailable => _free.Count + Cache.NumUnused;

    public KvBlock this[int id] => _blocks[id];

    /// <summary>A block for new contents. <see cref="NumAvailable"/> must not be 0.</summary>
    public KvBlock Allocate()
    {
        var block = _free.Count > 0 ? _free.Pop() : Cache.Evict();
        block.RefCount = 1;
        return block;
    }

    /// <summary>One more sequence uses a block that the prefix cache found.</summary>
    public void Share(KvBlock block)
    {
        if (block.RefCount++ == 0) Cache.Revive(block);
    }

    public void Release(KvBlock block)
    {
        Debug.Assert(block.RefCount > 0);
        if (--block.RefCount > 0) return;
        if (block.Hash is null) _free.Push(block);
        else Cache.Retire(block);
    }

    /// <summary>
    /// Throws unless every block is exactly one of free, cached and owned, and owned as often as <paramref name="owners"/> says.
    /// </summary>
    public void CheckIntegrity(ReadOnlySpan<int> owners)
    {
        var (free, unused, hashed) = (_free.ToHashSet(), Cache.Unused().ToHashSet(), 0);
        for (var id = 0; id < _blocks.Length; id++)
        {
            var block = _blocks[id];
            Check(block.RefCount == owners[id], block, $"is in {owners[id]} block tables");
            Check(free.Contains(block) == (block is { RefCount: 0, Hash: null }), block, "contradicts the list of free blocks");
            Check(unused.Contains(block) == (block is { RefCount: 0, Hash: not null }), block, "contradicts the list of cached blocks");
            Check(block.Hash is not { } hash || Cache.Find(hash) == block, block, "is not found by its hash");
            if (block.Hash is not null) hashed++;
        }
        if (free.Count != _free.Count || unused.Count != Cache.NumUnused || hashed != Cache.NumHashed)
            throw new InvalidOperationException("A list of blocks holds a block twice, or the hash map one that is not hashed.");
    }

    static void Check(bool holds, KvBlock block, string fault)
    {
        if (!holds) throw new InvalidOperationException($"KV block {block.Id} (references {block.RefCount}) {fault}.");
    }
}
