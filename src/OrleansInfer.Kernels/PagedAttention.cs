namespace OrleansInfer.Kernels;

/// <summary>Cuts a batch into tasks for <see cref="RotaryKernel"/> and <see cref="AttentionKernel"/>, in memory that is kept.</summary>
internal sealed unsafe class PagedAttention : IDisposable
{
    const int RowsPerItem = 8;

    readonly AttentionTasks tasks = new();
    readonly Scratch slots = new();
    readonly Scratch state = new();

    public static void Check(in AttentionSequence sequence, int rows, KvCache cache)
    {
        var (first, count, position, table) = sequence;
        if (first < 0 || count <= 0 || first > rows - count)
        {
            throw new ArgumentException($"{count} rows from {first} on are not in a batch of {rows}.");
        }
        if (position < 0) throw new ArgumentException($"A sequence at position {position}.");
        ArgumentNullException.ThrowIfNull(table);
        var blocks = (int)(((long)position + count + cache.BlockSize - 1) / cache.BlockSize);
        if (table.Length < blocks) throw new ArgumentException($"A sequence needs {blocks} blocks, its block table has {table.Length}.");
        var stray = table.AsSpan(0, blocks).IndexOfAnyExceptInRange(0, cache.NumBlocks - 1);
        if (stray >= 0) throw new ArgumentException($"Block {table[stray]} is none of the cache's {cache.NumBlocks}.");
    }

    public void RotateAndCache(
        Team team,
        Activations qkv,
        int rows,
        ReadOnlySpan<AttentionSequence> sequences,
        ReadOnlySpan<int> positions,
        RotaryTable rotary,
        QkNorm? norms,
        KvCache cache,
        int layer)
    {
        var targets = Targets(rows, sequences, positions, rotary, cache.BlockSize);
        fixed (int* position = positions)
        fixed (float* cos = rotary.Cos, sin = rotary.Sin, queryGain = norms?.Query.Values, keyGain = norms?.Key.Values)
        {
            var job = new RotaryKernel.Job
            {
                Qkv = qkv.Data,
                Positions = position,
                Slots = targets,
                Cos = cos,
                Sin = sin,
                QueryGain = queryGain,
                KeyGain = keyGain,
                Keys = cache.Keys(layer),
                Values = cache.Values(layer),
                HeadBytes = cache.HeadBytes,
                Type = qkv.Type,
                CacheType = cache.Type,
                Heads = qkv.Columns / cache.HeadDim - 2 * cache.KvHeads,
                KvHeads = cache.KvHeads,
                HeadDim = cache.HeadDim,
                BlockSize = cache.BlockSize,
                Rows = rows,
                RowsPerItem = RowsPerItem,
                Eps = norms?.Eps ?? 0,
            };
            team.Run(&RotaryKernel.Item, &job, (rows + RowsPerItem - 1) / RowsPerItem, (long)rows * qkv.Columns * RowsPerItem);
        }
    }

    public void Attend(
        Team team,
        Activations qkv,
        ReadOnlySpan<AttentionSequence> sequences,
        KvCache cache,
        int layer,
        float scale,
        Activations y)
    {
        var heads = qkv.Columns / cache.HeadDim - 2 * cache.KvHeads;
        var work = tasks.Plan(sequences, cache, heads / cache.KvHeads, team.Threads);
        var job = new AttentionKernel.Job
        {
            Qkv = qkv.Data,
            Y = y.Data,
            Keys = cache.Keys(layer),
            Values = cache.Values(layer),
            Tasks = tasks.Data,
            Scratch = new AttentionScratch(state, team.Threads, tasks.MaxQueries, cache.HeadDim),
            HeadBytes = cache.HeadBytes,
            Type = qkv.Type,
            CacheType = cache.Type,
            QkvColumns = qkv.Columns,
            Heads = heads,
            KvHeads = cache.KvHeads,
            HeadDim = cache.HeadDim,
            BlockSize = cache.BlockSize,
            Scale = scale,
        };
        team.Run(&AttentionKernel.Item, &job, tasks.Count, 2 * work * cache.HeadDim);
    }

    public void Dispose()
    {
        tasks.Dispose();
        slots.Dispose();
        state.Dispose();
    }

    /// <summary>Where each row's key and value go.</summary>
    long* Targets(int rows, ReadOnlySpan<AttentionSequence> sequences, ReadOnlySpan<int> positions, RotaryTable rotary, int blockSize)
    {
        if (positions.Length < rows) throw new ArgumentException($"{rows} rows, {positions.Length} positions.", nameof(positions));
        var targets = (long*)slots.Take(rows * sizeof(long));
        new Span<long>(targets, rows).Fill(-1);
        foreach (var sequence in sequences)
        {
            for (var i = 0; i < sequence.NumRows; i++)
            {
                var (number, slot) = Math.DivRem(sequence.FirstPosition + i, blockSize);
                targets[sequence.FirstRow + i] = (long)sequence.BlockTable[number] * blockSize + slot;
            }
        }
        for (var row = 0; row < rows; row++)
        {
            if (targets[row] < 0) throw new ArgumentException($"Row {row} is of no sequence.", nameof(sequences));
            if ((uint)positions[row] < (uint)rotary.MaxPositions) continue;
            throw new ArgumentException($"Position {positions[row]} is outside the rotary table of {rotary.MaxPositions}.");
        }
        return targets;
    }
}
