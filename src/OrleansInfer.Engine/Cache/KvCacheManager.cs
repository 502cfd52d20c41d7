using System.Diagnostics;

namespace OrleansInfer.Engine;

/// <summary>
/// Gives blocks to sequences and takes them back; knows which prefixes are cached and which are being computed right now.
/// </summary>
internal sealed class KvCacheManager(int numBlocks, int blockSize, bool enablePrefixCaching)
{
    readonly BlockPool _pool = new(numBlocks);

    // Full blocks of admitted prompts that are not computed yet, by the sequence that will compute them: another sequence
    // with the same prefix waits for the result instead of computing it twice.
    readonly Dictionary<BlockHash, Sequence> _underway = new(enablePrefixCaching ? numBlocks : 0);

    public int NumBlocks => _pool.Count;

    public int NumFree => _pool.NumFree;

    public int NumCached => _pool.Cache.NumUnused;

    public int BlocksFor(int numTokens) => (numTokens + blockSize - 1) / blockSize;

    /// <summary>
    /// How many blocks at the start of a waiting sequence are cached. Never all of its tokens: the last one's logits are needed, so it is
    /// computed.
    /// </summary>
    public int FindPrefix(Sequence sequence)
    {
        var count = 0;
        for (var most = MostCachedBlocks(sequence); count < most && _pool.Cache.Find(Hash(sequence, count)) is not null;) count++;
        return count;
    }

    /// <summary>Another sequence is about to compute the first block behind a cached prefix.</summary>
    public bool IsUnderway(Sequence sequence, int numPrefixBlocks) =>
        numPrefixBlocks < MostCachedBlocks(sequence) && _underway.ContainsKey(Hash(sequence, numPrefixBlocks));

    /// <summary>
    /// Gives a waiting sequence its cached prefix if the pool could hold all its tokens and <paramref name="numReserved"/> blocks besides;
    /// the other blocks follow with <see cref="TryGrow"/>.
    /// </summary>
    public bool TryAdmit(Sequence sequence, int numPrefixBlocks, int numReserved)
    {
        var (needed, revived) = (BlocksFor(sequence.NumTokens) - numPrefixBlocks, 0);
        for (var i = 0; i < numPrefixBlocks; i++)
            if (_pool.Cache.Find(Hash(sequence, i))!.RefCount == 0) revived++;
        if (needed + revived + numReserved > _pool.NumAvailable) return false;

        Debug.Assert(sequence.BlockTable.Count == 0);
        for (var i = 0; i < numPrefixBlocks; i++)
        {
            var block = _pool.Cache.Find(Hash(sequence, i))!;
            _pool.Share(block);
            sequence.BlockTable.Add(block.Id);
        }
        sequence.NumComputedTokens = numPrefixBlocks * blockSize;
        sequence.NumHashedBlocks = numPrefixBlocks;
        if (enablePrefixCaching)
            for (var i = numPrefixBlocks; i < sequence.NumTokens / blockSize; i++) _underway.TryAdd(Hash(sequence, i), sequence);
        return true;
    }

    /// <summary>Blocks the sequence lacks to hold <paramref name="numTokens"/>.</summary>
    public int NumMissing(Sequence sequence, int numTokens) => Math.Max(0, BlocksFor(numTokens) - sequence.BlockTable.Count);

    /// <summary>
    /// Gives the sequence blocks for its first <paramref name="numTokens"/>; false, and nothing taken, when there are too few.
    /// </summary>
    public bool TryGrow(Sequence sequence, int numTokens)
    {
        var missing = NumMissing(sequence, numTokens);
        if (missing > _pool.NumAvailable) return false;
        while (missing-- > 0) sequence.BlockTable.Add(_pool.Allocate().Id);
        return true;
    }

    /// <summary>
    /// The sequence's first <see cref="Sequence.NumComputedTokens"/> are in their slots now: full blocks become findable.
    /// </summary>
    public void Commit(Sequence sequence)
    {
        if (!enablePrefixCaching) return;
        for (; sequence.NumHashedBlocks < sequence.NumComputedTokens / blockSize; sequence.NumHashedBlocks++)
        {
            var hash = Hash(sequence, sequence.NumHashedBlocks);
            _pool.Cache.TryAdd(_pool[sequence.BlockTable.Ids[sequence.NumHashedBlocks]], hash);
            Forget(hash, sequence);
        }
    }

    /// <summary>Takes all blocks back, the tail first; what is hashed stays cached.</summary>
    public void Release(Sequence sequence)
    {
        if (enablePrefixCaching && sequence.BlockTable.Count > 0)
            for (var i = sequence.NumHashedBlocks; i < sequence.NumTokens / blockSize; i++) Forget(Hash(sequence, i), sequence);
        for (var i = sequence.BlockTable.Count - 1; i >= 0; i--) _pool.Release(_pool[sequence.BlockTable.Ids[i]]);
        sequence.BlockTable.Clear();
        sequence.NumComputedTokens = sequence.NumHashedBlocks = 0;
    }

    /// <summary>
    /// Throws unless every block is free, cached or owned by the tables of <paramref name="owners"/>, and nothing else is underway.
    /// </summary>
    public void CheckIntegrity(IReadOnlyList<Sequence> owners)
    {
        var counts = new int[_pool.Count];
        foreach (var sequence in owners)
            foreach (var id in sequence.BlockTable.Ids.AsSpan(0, sequence.BlockTable.Count)) counts[id]++;
        _pool.CheckIntegrity(counts);
        if (NumFree + NumCached + counts.Count(count => count > 0) != NumBlocks)
            throw new InvalidOperationException("Free, cached and owned blocks do not sum to the pool.");
        if (_underway.Values.Except(owners).Any())
            throw new InvalidOperationException("A prefix is underway in a sequence that does not run.");
    }

    int MostCachedBlocks(Sequence sequence) => enablePrefixCaching ? (sequence.NumTokens - 1) / blockSize : 0;

    BlockHash Hash(Sequence sequence, int block) => sequence.BlockHash(block, blockSize);

    void Forget(BlockHash hash, Sequence owner)
    {
        if (_underway.TryGetValue(hash, out var computing) && computing == owner) _underway.Remove(hash);
    }
}
