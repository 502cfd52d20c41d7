using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>p v of a group of queries and a range of keys, each sum in the order of the keys.</summary>
internal static unsafe class AttentionValues
{
    const int Pair = 2 * VectorMath.Lanes;

    /// <summary>sums [queries, headDim] of the keys that all queries of the group see.</summary>
    public static void Run<T>(KeyRange* range, int queries, float* sums) where T : struct, IPageElement
    {
        switch (queries)
        {
            case 1: Run<T, QueryCount.One>(range, sums); break;
            case 2: Run<T, QueryCount.Two>(range, sums); break;
            case 3: Run<T, QueryCount.Three>(range, sums); break;
            case 4: Run<T, QueryCount.Four>(range, sums); break;
            case 5: Run<T, QueryCount.Five>(range, sums); break;
            case 6: Run<T, QueryCount.Six>(range, sums); break;
            case 7: Run<T, QueryCount.Seven>(range, sums); break;
            default: Run<T, QueryCount.Eight>(range, sums); break;
        }
    }

    static void Run<T, TCount>(KeyRange* range, float* sums) where T : struct, IPageElement where TCount : struct, IQueryCount
    {
        nint column = 0;
        for (; column + Pair <= range->HeadDim; column += Pair) Columns<T, TCount>(range, column, sums);
        if (column < range->HeadDim) LastColumns<T>(range, column, TCount.Value, sums);
    }

    /// <summary>Two vectors of values at once, read and widened for all queries; the sums stay in registers over the whole range.</summary>
    [MethodImpl(Jit.Loop)]
    static void Columns<T, TCount>(KeyRange* range, nint column, float* sums)
        where T : struct, IPageElement where TCount : struct, IQueryCount
    {
        const int stride = KeyRange.ScoreStride;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        var step = range->HeadDim * T.Size;
        var p = range->Scores;
        var end = p + range->Least;
        for (var tile = 0; p < end; tile++)
        {
            var values = range->Values[tile] + column * T.Size;
            var next = range->Values[tile + KeyRange.Ahead] - range->Values[tile];
            var tileEnd = p + KeyRange.Tile < end ? p + KeyRange.Tile : end;
            for (; p < tileEnd; p++, values += step)
            {
                Prefetch.Line(values + next);
                var (v, w) = (T.Load(values, 0), T.Load(values, VectorMath.Lanes));
                VectorMath.AddProducts(p[0], v, w, ref a0, ref b0);
                if (TCount.Value > 1) VectorMath.AddProducts(p[stride], v, w, ref a1, ref b1);
                if (TCount.Value > 2) VectorMath.AddProducts(p[2 * stride], v, w, ref a2, ref b2);
                if (TCount.Value > 3) VectorMath.AddProducts(p[3 * stride], v, w, ref a3, ref b3);
                if (TCount.Value > 4) VectorMath.AddProducts(p[4 * stride], v, w, ref a4, ref b4);
                if (TCount.Value > 5) VectorMath.AddProducts(p[5 * stride], v, w, ref a5, ref b5);
                if (TCount.Value > 6) VectorMath.AddProducts(p[6 * stride], v, w, ref a6, ref b6);
                if (TCount.Value > 7) VectorMath.AddProducts(p[7 * stride], v, w, ref a7, ref b7);
            }
        }
        sums += column;
        Store(sums, a0, b0);
        if (TCount.Value > 1) Store(sums + range->HeadDim, a1, b1);
        if (TCount.Value > 2) Store(sums + 2 * range->HeadDim, a2, b2);
        if (TCount.Value > 3) Store(sums + 3 * range->HeadDim, a3, b3);
        if (TCount.Value > 4) Store(sums + 4 * range->HeadDim, a4, b4);
        if (TCount.Value > 5) Store(sums + 5 * range->HeadDim, a5, b5);
        if (TCount.Value > 6) Store(sums + 6 * range->HeadDim, a6, b6);
        if (TCount.Value > 7) Store(sums + 7 * range->HeadDim, a7, b7);
    }

    /// <summary>The last 16 columns of a head whose size is no multiple of 32, query by query: few models have one.</summary>
    [MethodImpl(Jit.Loop)]
    static void LastColumns<T>(KeyRange* range, nint column, int queries, float* sums) where T : struct, IPageElement
    {
        for (nint query = 0; query < queries; query++)
        {
            var sum = Vector512<float>.Zero;
            var p = range->Scores + query * KeyRange.ScoreStride;
            for (var slot = 0; slot < range->Least; slot++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(p[slot]), T.Load(Slot<T>(range, slot), column), sum);
            }
            sum.Store(sums + query * range->HeadDim + column);
        }
    }

    /// <summary>Goes on with one query's sum over the keys that the first query of its group does not see.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Extend<T>(KeyRange* range, int query, int visible, float* sum) where T : struct, IPageElement
    {
        var p = range->Scores + query * KeyRange.ScoreStride;
        for (var slot = range->Least; slot < visible; slot++)
        {
            var values = Slot<T>(range, slot);
            for (nint column = 0; column < range->HeadDim; column += VectorMath.Lanes)
            {
                var more = Vector512.FusedMultiplyAdd(Vector512.Create(p[slot]), T.Load(values, column), Vector512.Load(sum + column));
                more.Store(sum + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static byte* Slot<T>(KeyRange* range, int slot) where T : struct, IPageElement =>
        range->Values[slot / KeyRange.Tile] + slot % KeyRange.Tile * range->HeadDim * T.Size;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(float* sums, Vector512<float> a, Vector512<float> b)
    {
        a.Store(sums);
        b.Store(sums + VectorMath.Lanes);
    }
}
