namespace OrleansInfer.Kernels;

/// <summary>Cuts a batch into tasks for <see cref="RotaryKernel"/> and <see cref="AttentionKernel"/>, in memory that is kept.</summary>
internal sealed unsafe class PagedAttention : IDisposable
{
    const int QueriesPerTask = 32; // a tile of keys and values is read from cache once for this many queries
    const int RowsPerItem = 8;

    readonly Scratch slots = new();
    readonly Scratch tables = new();
    readonly Scratch tasks = new();
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
        foreach (var block in table.AsSpan(0, blocks))
        {
            if ((uint)block < (uint)cache.NumBlocks) continue;
            throw new ArgumentException($"Block {block} is none of the cache's {cache.NumBlocks}.");
        }
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
                Type = cache.Type,
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
        var rowsPerTask = Math.Max(1, QueriesPerTask / (heads / cache.KvHeads));
        var list = Tasks(sequences, cache.KvHeads, rowsPerTask, out var count);
        var queries = (rowsPerTask * (heads / cache.KvHeads) + AttentionKernel.Group - 1) / AttentionKernel.Group * AttentionKernel.Group;
        var bytes = AttentionKernel.ScratchSize(queries, cache.HeadDim);
        var job = new AttentionKernel.Job
        {
            Qkv = qkv.Data,
            Y = y.Data,
            Keys = cache.Keys(layer),
            Values = cache.Values(layer),
            Tasks = list,
            Scratch = state.Take(bytes * team.Threads),
            ScratchBytes = bytes,
            HeadBytes = cache.HeadBytes,
            Type = cache.Type,
            QkvColumns = qkv.Columns,
            Heads = heads,
            KvHeads = cache.KvHeads,
            HeadDim = cache.HeadDim,
            BlockSize = cache.BlockSize,
            Scale = scale,
        };
        team.Run(&AttentionKernel.Item, &job, count, Work(sequences) * heads * cache.HeadDim);
    }

    /// <summary>Multiplications for each element of a row's q.</summary>
    static long Work(ReadOnlySpan<AttentionSequence> sequences)
    {
        long work = 0;
        foreach (var sequence in sequences) work += 2L * sequence.NumRows * (sequence.FirstPosition + sequence.NumRows);
        return work;
    }

    public void Dispose()
    {
        slots.Dispose();
        tables.Dispose();
        tasks.Dispose();
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
                var position = sequence.FirstPosition + i;
                targets[sequence.FirstRow + i] = (long)sequence.BlockTable[position / blockSize] * blockSize + position % blockSize;
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

    AttentionKernel.Task* Tasks(ReadOnlySpan<AttentionSequence> sequences, int kvHeads, int rowsPerTask, out int count)
    {
        var (blocks, most) = (0, 0);
        foreach (var sequence in sequences)
        {
            blocks += sequence.BlockTable.Length;
            most += (sequence.NumRows + rowsPerTask - 1) / rowsPerTask * kvHeads;
        }
        var table = (int*)tables.Take((long)blocks * sizeof(int));
        var list = (AttentionKernel.Task*)tasks.Take((long)most * sizeof(AttentionKernel.Task));
        count = 0;
        foreach (var sequence in sequences)
        {
            sequence.BlockTable.CopyTo(new Span<int>(table, sequence.BlockTable.Length));
            // the last rows of a chunk have the most keys before them: begin with those, and the team ends together
            for (var end = sequence.NumRows; end > 0; end -= rowsPerTask)
            {
                var start = Math.Max(0, end - rowsPerTask);
                for (var head = 0; head < kvHeads; head++)
                {
                    list[count++] = new AttentionKernel.Task
                    {
                        BlockTable = table,
                        FirstRow = sequence.FirstRow + start,
                        NumRows = end - start,
                        FirstPosition = sequence.FirstPosition + start,
                        KvHead = head,
                    };
                }
            }
            table += sequence.BlockTable.Length;
        }
        return list;
    }
}
