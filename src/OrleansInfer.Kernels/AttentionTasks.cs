using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels;

/// <summary>
/// The tasks of a batch's attention: blocks of rows, of which those that hold more than their share of the work are cut into ranges of
/// keys.  How they are cut and in what order they run changes no bit of the result.
/// </summary>
internal sealed unsafe class AttentionTasks : IDisposable
{
    const int MaxRows = 8; // with every number of heads to a group: whole groups of queries
    const int MaxQueriesPerBlock = 64; // keys and values are read from the second cache once for this many
    const int SharesPerThread = 8; // of the work: threads end together within one of them

    readonly Scratch order = new();
    readonly Scratch tables = new();
    readonly Scratch blocks = new();
    readonly Scratch tasks = new();
    readonly Scratch parts = new();

    public AttentionKernel.Task* Data { get; private set; }

    public int Count { get; private set; }

    /// <summary>Queries of the largest block.</summary>
    public int MaxQueries { get; private set; }

    /// <summary>Plans a batch whose heads of queries stand in groups of <paramref name="group"/>.</summary>
    /// <returns>The work: queries by keys.</returns>
    public long Plan(ReadOnlySpan<AttentionSequence> sequences, KvCache cache, int group, int threads)
    {
        var rows = Math.Max(MaxRows, MaxQueriesPerBlock / group / MaxRows * MaxRows);
        var list = Blocks(sequences, cache.KvHeads, rows, out var count);
        MaxQueries = 0;
        long work = 0;
        for (var i = 0; i < count; i++)
        {
            MaxQueries = Math.Max(MaxQueries, list[i].NumRows * group);
            work += Work(list + i);
        }
        Tasks(list, count, threads == 1 ? work : work / (threads * SharesPerThread), group, cache.HeadDim);
        return work * group;
    }

    public void Dispose()
    {
        foreach (var scratch in (ReadOnlySpan<Scratch>)[order, tables, blocks, tasks, parts]) scratch.Dispose();
    }

    static long Work(AttentionKernel.Block* block) => (long)block->NumRows * block->Keys;

    AttentionKernel.Block* Blocks(ReadOnlySpan<AttentionSequence> sequences, int kvHeads, int maxRows, out int count)
    {
        long entries = 0, most = 0;
        foreach (var sequence in sequences)
        {
            entries += sequence.BlockTable.Length;
            most += ((long)sequence.NumRows + maxRows - 1) / maxRows * kvHeads;
        }
        var table = (int*)tables.Take(entries * sizeof(int));
        var list = (AttentionKernel.Block*)blocks.Take(most * sizeof(AttentionKernel.Block));
        count = 0;
        foreach (var index in LongestFirst(sequences))
        {
            var sequence = sequences[index];
            sequence.BlockTable.CopyTo(new Span<int>(table, sequence.BlockTable.Length));
            // the last rows of a chunk have the most keys before them
            for (var end = sequence.NumRows; end > 0; end -= maxRows)
            {
                var start = Math.Max(0, end - maxRows);
                for (var head = 0; head < kvHeads; head++)
                {
                    list[count++] = new AttentionKernel.Block
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

    /// <summary>What takes long begins first, so that threads end together.</summary>
    Span<int> LongestFirst(ReadOnlySpan<AttentionSequence> sequences)
    {
        var indices = new Span<int>(order.Take(sequences.Length * (sizeof(int) + sizeof(long))), 3 * sequences.Length);
        var keys = MemoryMarshal.Cast<int, long>(indices[..(2 * sequences.Length)]);
        indices = indices[(2 * sequences.Length)..];
        for (var i = 0; i < sequences.Length; i++)
        {
            indices[i] = i;
            keys[i] = -(long)Math.Min(MaxRows, sequences[i].NumRows) * (sequences[i].FirstPosition + sequences[i].NumRows);
        }
        keys.Sort(indices);
        return indices;
    }

    void Tasks(AttentionKernel.Block* list, int count, long share, int group, int headDim)
    {
        long most = 0, bytes = 0;
        for (var i = 0; i < count; i++)
        {
            var cut = Work(list + i) > share;
            most += cut ? list[i].Ranges : 1;
            if (cut) bytes += list[i].Ranges * PartialSoftmax.Size(list[i].NumRows * group, headDim);
        }
        var task = Data = (AttentionKernel.Task*)tasks.Take(most * sizeof(AttentionKernel.Task));
        var part = parts.Take(bytes);
        for (var i = 0; i < count; i++)
        {
            var block = list + i;
            if (Work(block) <= share || block->Ranges == 1)
            {
                *task++ = new AttentionKernel.Task { Block = block, Range = AttentionKernel.All };
                continue;
            }
            block->Parts = part;
            block->Missing = block->Ranges;
            part += block->Ranges * PartialSoftmax.Size(block->NumRows * group, headDim);
            for (var range = 0; range < block->Ranges; range++) *task++ = new AttentionKernel.Task { Block = block, Range = range };
        }
        Count = (int)(task - Data);
    }
}
