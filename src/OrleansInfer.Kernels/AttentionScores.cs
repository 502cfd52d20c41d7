using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>q kᵀ of a group of queries and a range of keys: one key a lane, each sum in the order of the dimensions.</summary>
internal static unsafe class AttentionScores
{
    public static void Run<T>(KeyRange* range, int queries) where T : struct, IPageElement
    {
        switch (queries)
        {
            case 1: Run<T, QueryCount.One>(range); break;
            case 2: Run<T, QueryCount.Two>(range); break;
            case 3: Run<T, QueryCount.Three>(range); break;
            case 4: Run<T, QueryCount.Four>(range); break;
            case 5: Run<T, QueryCount.Five>(range); break;
            case 6: Run<T, QueryCount.Six>(range); break;
            case 7: Run<T, QueryCount.Seven>(range); break;
            default: Run<T, QueryCount.Eight>(range); break;
        }
    }

    /// <summary>Two tiles at once: a key is read and widened for all queries, a query's element is spread for 32 keys.</summary>
    [MethodImpl(Jit.Loop)]
    static void Run<T, TCount>(KeyRange* range) where T : struct, IPageElement where TCount : struct, IQueryCount
    {
        const int stride = KeyRange.QueryStride;
        var step = range->KeyStride * T.Size;
        var scores = range->Scores;
        for (var tile = 0; tile * KeyRange.Tile < range->Most; tile += 2, scores += 2 * KeyRange.Tile)
        {
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
            Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
            var first = range->Keys[tile];
            var second = range->Keys[tile + 1];
            var (next, afterNext) = (range->Keys[tile + KeyRange.Ahead] - first, range->Keys[tile + KeyRange.Ahead + 1] - second);
            var end = range->Queries + range->HeadDim;
            for (var q = range->Queries; q < end; q++, first += step, second += step)
            {
                Prefetch.Line(first + next);
                Prefetch.Line(second + afterNext);
                var (k, l) = (T.Load(first, 0), T.Load(second, 0));
                VectorMath.AddProducts(q[0], k, l, ref a0, ref b0);
                if (TCount.Value > 1) VectorMath.AddProducts(q[stride], k, l, ref a1, ref b1);
                if (TCount.Value > 2) VectorMath.AddProducts(q[2 * stride], k, l, ref a2, ref b2);
                if (TCount.Value > 3) VectorMath.AddProducts(q[3 * stride], k, l, ref a3, ref b3);
                if (TCount.Value > 4) VectorMath.AddProducts(q[4 * stride], k, l, ref a4, ref b4);
                if (TCount.Value > 5) VectorMath.AddProducts(q[5 * stride], k, l, ref a5, ref b5);
                if (TCount.Value > 6) VectorMath.AddProducts(q[6 * stride], k, l, ref a6, ref b6);
                if (TCount.Value > 7) VectorMath.AddProducts(q[7 * stride], k, l, ref a7, ref b7);
            }
            Store<T>(range, tile, scores, 0, a0, b0);
            if (TCount.Value > 1) Store<T>(range, tile, scores, 1, a1, b1);
            if (TCount.Value > 2) Store<T>(range, tile, scores, 2, a2, b2);
            if (TCount.Value > 3) Store<T>(range, tile, scores, 3, a3, b3);
            if (TCount.Value > 4) Store<T>(range, tile, scores, 4, a4, b4);
            if (TCount.Value > 5) Store<T>(range, tile, scores, 5, a5, b5);
            if (TCount.Value > 6) Store<T>(range, tile, scores, 6, a6, b6);
            if (TCount.Value > 7) Store<T>(range, tile, scores, 7, a7, b7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<T>(KeyRange* range, int tile, float* scores, int query, Vector512<float> a, Vector512<float> b)
        where T : struct, IPageElement
    {
        if (typeof(T) == typeof(Int8Element))
        {
            a *= Vector512.Load(range->KeyScales[tile]);
            b *= Vector512.Load(range->KeyScales[tile + 1]);
        }
        a.Store(scores + query * KeyRange.ScoreStride);
        b.Store(scores + query * KeyRange.ScoreStride + KeyRange.Tile);
    }
}
