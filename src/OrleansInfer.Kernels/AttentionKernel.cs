using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// Causal attention over paged keys and values with an online softmax (Milakov and Gimelshein, arXiv:1805.02867; Dao et al.,
/// arXiv:2205.14135).  A query goes through its keys from the first on in tiles of 16, always the same tiles in the same order, and never
/// touches a slot behind its own: so its result is the same bits in any chunk, batch, block table or thread.
/// </summary>
internal static unsafe class AttentionKernel
{
    const int Tile = VectorMath.Lanes;

    /// <summary>Queries scored together; one with no group to fill is computed along with copies of itself.</summary>
    public const int Group = 4;

    /// <summary>One task: some rows of one sequence and the heads that share one head of keys.</summary>
    public struct Task
    {
        public int* BlockTable;
        public int FirstRow;
        public int NumRows;
        public int FirstPosition;
        public int KvHead;
    }

    public struct Job
    {
        public void* Qkv; // [rows, QkvColumns]
        public void* Y; // [rows, Heads * HeadDim]
        public byte* Keys; // the layer's pages
        public byte* Values;
        public Task* Tasks;
        public byte* Scratch; // [workers, ScratchBytes]
        public long ScratchBytes;
        public nint HeadBytes;
        public DataType Type;
        public int QkvColumns;
        public int Heads;
        public int KvHeads;
        public int HeadDim;
        public int BlockSize;
        public float Scale;
    }

    /// <summary>What a worker keeps for <paramref name="queries"/> queries of a task.</summary>
    public static long ScratchSize(int queries, int headDim) => queries * (2L * headDim + 3L * Tile + 4) * sizeof(float) / 64 * 64 + 64;

    public static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        if (job->Type == DataType.Float32) Run<Float32Element>(job, job->Tasks + item, worker);
        else Run<BFloat16Element>(job, job->Tasks + item, worker);
    }

    /// <summary>The state of the queries of one task.</summary>
    ref struct Queries
    {
        public float* Q; // [count / Group, headDim, Group], scaled
        public float* Sum; // [count, headDim]: of p * v
        public float* P; // [count, Tile]
        public float* Max; // [count]
        public float* Weight; // [count]: of p
        public float* Keep; // [count]: what the last tile left of the sums
        public int* Visible; // [count]: keys of the tile at hand that the query sees
        public int Count; // rounded up to Group
    }

    static void Run<T>(Job* job, Task* task, int worker) where T : struct, IElement
    {
        var heads = job->Heads / job->KvHeads;
        var queries = Place(job, worker, task->NumRows * heads);
        Load<T>(job, task, heads, ref queries);
        var keys = task->FirstPosition + task->NumRows;
        for (var first = 0; first < keys; first += Tile)
        {
            var page = ((nint)task->BlockTable[first / job->BlockSize] * job->KvHeads + task->KvHead) * job->HeadBytes;
            var slot = first % job->BlockSize;
            // up to the first row's own tile every query sees every key
            if (first == 0 || first + Tile > task->FirstPosition + 1) See(task, heads, first, ref queries);
            for (var group = 0; group < queries.Count; group += Group)
            {
                // queries stand in the order of their rows: the last of a group sees the most
                if (queries.Visible[group + Group - 1] == 0) continue;
                Score<T>(job->Keys + page + slot * T.Size, job->BlockSize, job->HeadDim, group, ref queries);
                Accumulate<T>(job->Values + page + slot * job->HeadDim * T.Size, job->HeadDim, group, ref queries);
            }
        }
        Store<T>(job, task, heads, ref queries);
    }

    static Queries Place(Job* job, int worker, int count)
    {
        var rounded = (count + Group - 1) / Group * Group;
        var at = (float*)(job->Scratch + worker * job->ScratchBytes);
        var queries = new Queries { Count = rounded, Q = at, Sum = at + rounded * job->HeadDim };
        queries.P = queries.Sum + rounded * job->HeadDim;
        queries.Max = queries.P + rounded * Tile;
        queries.Weight = queries.Max + rounded;
        queries.Keep = queries.Weight + rounded;
        queries.Visible = (int*)(queries.Keep + rounded);
        return queries;
    }

    static void Load<T>(Job* job, Task* task, int heads, ref Queries queries) where T : struct, IElement
    {
        var last = task->NumRows * heads - 1;
        for (var i = 0; i < queries.Count; i++)
        {
            var (row, head) = Math.DivRem(Math.Min(i, last), heads);
            var from = (nint)(task->FirstRow + row) * job->QkvColumns + (nint)(task->KvHead * heads + head) * job->HeadDim;
            var to = queries.Q + i / Group * Group * job->HeadDim + i % Group;
            for (var d = 0; d < job->HeadDim; d++) to[d * Group] = T.Get(job->Qkv, from + d) * job->Scale;
            queries.Max[i] = float.NegativeInfinity;
            queries.Weight[i] = 0;
        }
        new Span<float>(queries.Sum, queries.Count * job->HeadDim).Clear();
    }

    static void See(Task* task, int heads, int first, ref Queries queries)
    {
        for (var i = 0; i < queries.Count; i++)
        {
            var row = Math.Min(i / heads, task->NumRows - 1);
            queries.Visible[i] = Math.Clamp(task->FirstPosition + row + 1 - first, 0, Tile);
        }
    }

    /// <summary>Four queries by the tile's 16 keys, one key a lane; then each query's softmax goes on by one tile.</summary>
    [MethodImpl(Jit.Loop)]
    static void Score<T>(byte* keys, nint stride, int headDim, int group, ref Queries queries) where T : struct, IElement
    {
        var q = queries.Q + group * headDim;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector512<float> t0 = default, t1 = default, t2 = default, t3 = default; // odd dimensions apart: half the chain of additions
        for (nint d = 0; d < headDim; d += 2, q += 2 * Group)
        {
            var k = T.Load(keys, d * stride);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Create(q[0]), k, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Create(q[1]), k, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Create(q[2]), k, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Create(q[3]), k, s3);
            k = T.Load(keys, (d + 1) * stride);
            t0 = Vector512.FusedMultiplyAdd(Vector512.Create(q[4]), k, t0);
            t1 = Vector512.FusedMultiplyAdd(Vector512.Create(q[5]), k, t1);
            t2 = Vector512.FusedMultiplyAdd(Vector512.Create(q[6]), k, t2);
            t3 = Vector512.FusedMultiplyAdd(Vector512.Create(q[7]), k, t3);
        }
        Soften(s0 + t0, group, ref queries);
        Soften(s1 + t1, group + 1, ref queries);
        Soften(s2 + t2, group + 2, ref queries);
        Soften(s3 + t3, group + 3, ref queries);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Soften(Vector512<float> scores, int query, ref Queries queries)
    {
        var visible = queries.Visible[query];
        if (visible == 0) return;
        var seen = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(visible)).AsSingle();
        scores = Vector512.ConditionalSelect(seen, scores, Vector512.Create(float.NegativeInfinity));
        var before = queries.Max[query];
        var max = VectorMath.Max(scores);
        var keep = 1f;
        if (max > before) keep = VectorMath.Exp(Vector512.Create(before - max)).ToScalar();
        else max = before;
        var p = Vector512.ConditionalSelect(seen, VectorMath.Exp(scores - Vector512.Create(max)), Vector512<float>.Zero);
        p.Store(queries.P + query * Tile);
        queries.Max[query] = max;
        queries.Keep[query] = keep;
        queries.Weight[query] = MathF.FusedMultiplyAdd(queries.Weight[query], keep, VectorMath.Sum(p));
    }

    static void Accumulate<T>(byte* values, int headDim, int group, ref Queries queries) where T : struct, IElement
    {
        var visible = queries.Visible[group];
        if (visible == queries.Visible[group + Group - 1])
        {
            const int two = 2 * VectorMath.Lanes;
            var d = 0;
            for (; d + two <= headDim; d += two) FourByTwo<T>(values, headDim, d, group, visible, ref queries);
            if (d < headDim) Four<T>(values, headDim, d, group, visible, ref queries);
            return;
        }
        for (var query = group; query < group + Group; query++)
        {
            if (queries.Visible[query] > 0) One<T>(values, headDim, query, ref queries);
        }
    }

    /// <summary>Two vectors at once: eight sums in flight hide the latency of a multiplication, and each weight is spread once.</summary>
    [MethodImpl(Jit.Loop)]
    static void FourByTwo<T>(byte* values, nint headDim, nint d, int group, int visible, ref Queries queries) where T : struct, IElement
    {
        const int next = VectorMath.Lanes;
        var sum = queries.Sum + group * headDim + d;
        var keep = queries.Keep + group;
        var p = queries.P + group * Tile;
        var (k0, k1, k2, k3) = (Vector512.Create(keep[0]), Vector512.Create(keep[1]), Vector512.Create(keep[2]), Vector512.Create(keep[3]));
        var (a0, b0) = (Vector512.Load(sum) * k0, Vector512.Load(sum + next) * k0);
        var (a1, b1) = (Vector512.Load(sum + headDim) * k1, Vector512.Load(sum + headDim + next) * k1);
        var (a2, b2) = (Vector512.Load(sum + 2 * headDim) * k2, Vector512.Load(sum + 2 * headDim + next) * k2);
        var (a3, b3) = (Vector512.Load(sum + 3 * headDim) * k3, Vector512.Load(sum + 3 * headDim + next) * k3);
        for (nint slot = 0; slot < visible; slot++)
        {
            var (v, w) = (T.Load(values, slot * headDim + d), T.Load(values, slot * headDim + d + next));
            var p0 = Vector512.Create(p[slot]);
            (a0, b0) = (Vector512.FusedMultiplyAdd(p0, v, a0), Vector512.FusedMultiplyAdd(p0, w, b0));
            var p1 = Vector512.Create(p[slot + Tile]);
            (a1, b1) = (Vector512.FusedMultiplyAdd(p1, v, a1), Vector512.FusedMultiplyAdd(p1, w, b1));
            var p2 = Vector512.Create(p[slot + 2 * Tile]);
            (a2, b2) = (Vector512.FusedMultiplyAdd(p2, v, a2), Vector512.FusedMultiplyAdd(p2, w, b2));
            var p3 = Vector512.Create(p[slot + 3 * Tile]);
            (a3, b3) = (Vector512.FusedMultiplyAdd(p3, v, a3), Vector512.FusedMultiplyAdd(p3, w, b3));
        }
        a0.Store(sum);
        b0.Store(sum + next);
        a1.Store(sum + headDim);
        b1.Store(sum + headDim + next);
        a2.Store(sum + 2 * headDim);
        b2.Store(sum + 2 * headDim + next);
        a3.Store(sum + 3 * headDim);
        b3.Store(sum + 3 * headDim + next);
    }

    [MethodImpl(Jit.Loop)]
    static void Four<T>(byte* values, nint headDim, nint d, int group, int visible, ref Queries queries) where T : struct, IElement
    {
        var sum = queries.Sum + group * headDim + d;
        var keep = queries.Keep + group;
        var p = queries.P + group * Tile;
        var s0 = Vector512.Load(sum) * Vector512.Create(keep[0]);
        var s1 = Vector512.Load(sum + headDim) * Vector512.Create(keep[1]);
        var s2 = Vector512.Load(sum + 2 * headDim) * Vector512.Create(keep[2]);
        var s3 = Vector512.Load(sum + 3 * headDim) * Vector512.Create(keep[3]);
        for (nint slot = 0; slot < visible; slot++)
        {
            var v = T.Load(values, slot * headDim + d);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Create(p[slot]), v, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Create(p[slot + Tile]), v, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Create(p[slot + 2 * Tile]), v, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Create(p[slot + 3 * Tile]), v, s3);
        }
        s0.Store(sum);
        s1.Store(sum + headDim);
        s2.Store(sum + 2 * headDim);
        s3.Store(sum + 3 * headDim);
    }

    [MethodImpl(Jit.Loop)]
    static void One<T>(byte* values, nint headDim, int query, ref Queries queries) where T : struct, IElement
    {
        var p = queries.P + query * Tile;
        for (nint d = 0; d < headDim; d += VectorMath.Lanes)
        {
            var at = queries.Sum + query * headDim + d;
            var sum = Vector512.Load(at) * Vector512.Create(queries.Keep[query]);
            for (nint slot = 0; slot < queries.Visible[query]; slot++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(p[slot]), T.Load(values, slot * headDim + d), sum);
            }
            sum.Store(at);
        }
    }

    static void Store<T>(Job* job, Task* task, int heads, ref Queries queries) where T : struct, IElement
    {
        for (var i = 0; i < task->NumRows * heads; i++)
        {
            var (row, head) = Math.DivRem(i, heads);
            var to = ((nint)(task->FirstRow + row) * job->Heads + task->KvHead * heads + head) * job->HeadDim;
            var scale = Vector512.Create(1 / queries.Weight[i]);
            for (nint d = 0; d < job->HeadDim; d += VectorMath.Lanes)
            {
                T.Store(job->Y, to + d, Vector512.Load(queries.Sum + (nint)i * job->HeadDim + d) * scale);
            }
        }
    }
}
