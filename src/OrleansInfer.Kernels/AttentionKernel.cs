using System.Runtime.CompilerServices;

namespace OrleansInfer.Kernels;

/// <summary>
/// Causal attention over paged keys and values with an online softmax (Dao et al., arXiv:2205.14135; key ranges side by side as in
/// Flash-Decoding).  A query's keys are cut into ranges by position alone; each range has one softmax, and their parts are folded in the
/// order of the keys, whoever computed them.  A query never touches a slot behind its own.  So its result is the same bits in any chunk,
/// batch, block table or thread.
/// </summary>
internal static unsafe class AttentionKernel
{
    /// <summary>Some rows of one sequence and the heads that share one head of keys.</summary>
    public struct Block
    {
        public int* BlockTable;
        public byte* Parts; // [ranges, PartBytes], when tasks of one range each share the block; or null
        public int FirstRow;
        public int NumRows;
        public int FirstPosition;
        public int KvHead;
        public int Missing; // ranges that are not in Parts yet: who brings the last one folds them

        public readonly int Keys => FirstPosition + NumRows;

        public readonly int Ranges => (Keys + KeyRange.Length - 1) / KeyRange.Length;
    }

    /// <summary>A block and one of its ranges, or all.</summary>
    public struct Task
    {
        public Block* Block;
        public int Range; // or All
    }

    public const int All = -1;

    const float LogOfE = 1.44269504f; // to base 2: e^x = 2^(x * LogOfE)

    public struct Job
    {
        public void* Qkv; // [rows, QkvColumns]
        public void* Y; // [rows, Heads * HeadDim]
        public byte* Keys; // the layer's pages
        public byte* Values;
        public Task* Tasks;
        public AttentionScratch Scratch;
        public nint HeadBytes;
        public DataType Type;
        public DataType CacheType;
        public int QkvColumns;
        public int Heads;
        public int KvHeads;
        public int HeadDim;
        public int BlockSize;
        public float Scale;

        public readonly int Group => Heads / KvHeads;
    }

    public static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        switch (job->CacheType)
        {
            case DataType.Float32: Run<Float32Element>(job, job->Tasks + item, worker); break;
            case DataType.BFloat16: Run<BFloat16Element>(job, job->Tasks + item, worker); break;
            default: Run<Int8Element>(job, job->Tasks + item, worker); break;
        }
    }

    static void Run<T>(Job* job, Task* task, int worker) where T : struct, IPageElement
    {
        var block = task->Block;
        var queries = block->NumRows * job->Group;
        if (task->Range == All)
        {
            var whole = job->Scratch.Whole(worker);
            for (var range = 0; range < block->Ranges; range++) Range<T>(job, block, range, worker, whole, fold: range > 0);
            Store(job, block, whole);
            return;
        }
        Range<T>(job, block, task->Range, worker, Part(job, block, task->Range), fold: false);
        if (Interlocked.Decrement(ref block->Missing) > 0) return;
        var first = Part(job, block, 0);
        for (var range = 1; range < block->Ranges; range++) first.Fold(Part(job, block, range), queries, job->HeadDim);
        Store(job, block, first);
    }

    static PartialSoftmax Part(Job* job, Block* block, int range)
    {
        var queries = block->NumRows * job->Group;
        return PartialSoftmax.At(block->Parts + range * PartialSoftmax.Size(queries, job->HeadDim), queries, job->HeadDim);
    }

    /// <summary>The part of one range, into <paramref name="result"/> or folded into it, group of queries by group.</summary>
    static void Range<T>(Job* job, Block* block, int index, int worker, PartialSoftmax result, bool fold) where T : struct, IPageElement
    {
        var range = job->Scratch.Range(worker, job->BlockSize);
        var first = index * KeyRange.Length;
        FindTiles<T>(job, block, first, &range);
        var part = job->Scratch.Part(worker);
        var queries = block->NumRows * job->Group;
        for (var query = 0; query < queries; query += AttentionScratch.GroupSize)
        {
            var count = Math.Min(AttentionScratch.GroupSize, queries - query);
            // queries stand in the order of their rows: the first of a group sees the least
            range.Least = Visible(job, block, query, first);
            range.Most = Visible(job, block, query + count - 1, first);
            var to = fold ? part : result.From(query, job->HeadDim);
            if (range.Most == 0)
            {
                if (!fold) new Span<float>(to.Weight, count).Clear();
                continue;
            }
            Load(job, block, query, count, range.Queries);
            AttentionScores.Run<T>(&range, count);
            for (var i = 0; i < count; i++)
            {
                var scores = range.Scores + i * KeyRange.ScoreStride;
                var visible = Visible(job, block, query + i, first);
                PartialSoftmax.Soften<T>(scores, visible, range.ValueScales, to.Largest + i, to.Weight + i);
            }
            AttentionValues.Run<T>(&range, count, to.Sum);
            for (var i = 1; i < count && range.Least < range.Most; i++)
            {
                AttentionValues.Extend<T>(&range, i, Visible(job, block, query + i, first), to.Sum + i * job->HeadDim);
            }
            if (fold) result.From(query, job->HeadDim).Fold(part, count, job->HeadDim);
        }
    }

    /// <summary>How many keys of the range that begins at <paramref name="first"/> a query sees.</summary>
    static int Visible(Job* job, Block* block, int query, int first) =>
        Math.Clamp(block->FirstPosition + query / job->Group + 1 - first, 0, KeyRange.Length);

    /// <summary>The range's tiles; behind them stands what is read next, so that memory is asked for that in time.</summary>
    static void FindTiles<T>(Job* job, Block* block, int first, KeyRange* range) where T : struct, IPageElement
    {
        var tiles = (Math.Min(block->Keys - first, KeyRange.Length) + KeyRange.Tile - 1) / KeyRange.Tile;
        var scored = (tiles + 1) / 2 * 2; // in pairs: the last of an odd number twice
        var last = (block->Keys - 1) / KeyRange.Tile - first / KeyRange.Tile; // of the block, counted from this range's first
        var (number, slot) = Math.DivRem(first, job->BlockSize);
        var scales = job->BlockSize * job->HeadDim * T.Size; // where they begin in a page
        for (var tile = 0; tile < tiles + KeyRange.Behind; tile++)
        {
            var page = ((nint)block->BlockTable[number] * job->KvHeads + block->KvHead) * job->HeadBytes;
            var keys = job->Keys + page + slot * T.Size;
            range->Values[tile] = tile < tiles ? job->Values + page + (nint)slot * job->HeadDim * T.Size : keys;
            if (tile >= tiles) keys = tile < scored ? range->Keys[tiles - 1] : range->Values[Math.Min(tile - scored, tiles - 1)];
            range->Keys[tile] = keys;
            if (typeof(T) == typeof(Int8Element))
            {
                range->KeyScales[tile] = (float*)(job->Keys + page + scales) + slot;
                range->ValueScales[tile] = (float*)(job->Values + page + scales) + slot;
            }
            if (tile >= last || (slot += KeyRange.Tile) < job->BlockSize) continue;
            (number, slot) = (number + 1, 0);
        }
    }

    static void Load(Job* job, Block* block, int query, int count, float* to)
    {
        for (var i = 0; i < count; i++, to += KeyRange.QueryStride)
        {
            var (row, head) = Math.DivRem(query + i, job->Group);
            var from = (nint)(block->FirstRow + row) * job->QkvColumns + (nint)(block->KvHead * job->Group + head) * job->HeadDim;
            Conversion.ToFloat(job->Type, job->Qkv, from, to, job->HeadDim);
            VectorMath.Scale(to, job->Scale * LogOfE, job->HeadDim);
        }
    }

    static void Store(Job* job, Block* block, PartialSoftmax result)
    {
        for (var i = 0; i < block->NumRows * job->Group; i++)
        {
            var (row, head) = Math.DivRem(i, job->Group);
            var to = ((nint)(block->FirstRow + row) * job->Heads + block->KvHead * job->Group + head) * job->HeadDim;
            var sum = result.Sum + (nint)i * job->HeadDim;
            VectorMath.Scale(sum, 1 / result.Weight[i], job->HeadDim);
            if (job->Type == DataType.Float32) Store<Float32Element>(job->Y, to, sum, job->HeadDim);
            else Store<BFloat16Element>(job->Y, to, sum, job->HeadDim);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Store<T>(void* y, nint to, float* from, nint count) where T : struct, IElement
    {
        for (nint i = 0; i < count; i += VectorMath.Lanes) T.Store(y, to + i, Float32Element.Load(from, i));
    }
}
