using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// Products of a few rows of 16-bit integers with a panel of <see cref="GroupedWeights"/>.  A group's sum is an exact integer; as a float
/// it is multiplied by the group's scale and added to the output's result, the groups in order.  That is all the rounding there is, and it
/// is the same whichever rows are computed together, on every instruction set.
/// <para>
/// Outputs are lanes, so nothing is summed across lanes, and a vector of weights goes through all rows while it is in a register.  Eight
/// rows by two vectors reach what multiplying and adding alone do.  Memory is asked for ahead of the processor's own guess, which ends at
/// each page: 4 KiB ahead one row read 39 GB/s instead of 30, four rows 32 instead of 17.
/// </para>
/// </summary>
internal static unsafe class GroupedKernel
{
    public const int Rows = 8;
    const int Ahead = 4096;

    /// <summary>How wide a weight is.  Shifts are written out for each width: only so does the JIT know their counts.</summary>
    public interface IWidth
    {
        /// <summary>Weights in 16 bits.</summary>
        static abstract int Count { get; }

        /// <summary>The top weights as integers of 16 bits.</summary>
        static abstract Vector512<short> Top(Vector512<short> weights);

        /// <summary>The weights behind the top ones, on top.</summary>
        static abstract Vector512<short> Next(Vector512<short> weights);
    }

    public readonly struct FourBits : IWidth
    {
        public static int Count => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<short> Top(Vector512<short> weights) => weights >> 12;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<short> Next(Vector512<short> weights) => weights << 4;
    }

    public readonly struct EightBits : IWidth
    {
        public static int Count => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<short> Top(Vector512<short> weights) => weights >> 8;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<short> Next(Vector512<short> weights) => weights << 8;
    }

    /// <summary>Rows of x and a panel.</summary>
    public struct Tile
    {
        public byte* Panel;
        public int HeaderBytes;
        public int Blocks; // of the row
        public int GroupBlocks; // of a group; the last may have fewer
        public short* X; // [Rows, XStride]
        public nint XStride;
        public int* Sums; // [groups, SumStride]: of a row's x over a group; null without zero points
        public nint SumStride;
        public float* Results; // [Rows, PanelOutputs], to which products are added
    }

    /// <summary>
    /// How many of the rows left are best computed together; fewer rows may be left.  Eight have their sums in registers with AVX-512 only:
    /// 128 rows by 896 x 9728 with AVX2 took 20 ms with eight, 9 with four.
    /// </summary>
    public static int TileRows(int left) => left > 6 && Vector512.IsHardwareAccelerated ? Rows : left > 2 ? 4 : left;

    /// <summary>Rows as <see cref="TileRows"/> says.  Those that are not there are read, for x has room for them, for nobody.</summary>
    public static void Multiply<TWidth, TScale>(Tile* tile, int rows) where TWidth : struct, IWidth where TScale : struct, IElement
    {
        switch (rows)
        {
            case 1:
                One<TWidth, TScale>(tile);
                break;
            case 2:
                Two<TWidth, TScale>(tile);
                break;
            case 4:
                Four<TWidth, TScale>(tile);
                break;
            default:
                Eight<TWidth, TScale>(tile);
                break;
        }
    }

    /// <summary>The sum of integers.</summary>
    [MethodImpl(Jit.Loop)]
    public static int Sum(short* x, int count)
    {
        const int width = 2 * VectorMath.Lanes;
        Vector512<int> sums = default;
        var i = 0;
        for (; i + width <= count; i += width) sums += Dot(Vector512.Load(x + i), Vector512<short>.One.AsInt32());
        var sum = Vector512.Sum(sums);
        for (; i < count; i++) sum += x[i];
        return sum;
    }

    [MethodImpl(Jit.Loop)]
    static void One<TWidth, TScale>(Tile* tile) where TWidth : struct, IWidth where TScale : struct, IElement
    {
        var w = tile->Panel;
        var x = tile->X;
        var sums = tile->Sums;
        for (var left = tile->Blocks; left > 0; left -= tile->GroupBlocks, sums += tile->SumStride)
        {
            var header = w;
            w += tile->HeaderBytes;
            Vector512<int> a0 = default, b0 = default;
            for (var end = w + Math.Min(left, tile->GroupBlocks) * GroupedWeights.BlockBytes; w < end; w += GroupedWeights.BlockBytes)
            {
                var (a, b) = Load(w);
                for (var step = 0; step < TWidth.Count; step++, x += 2)
                {
                    var (p, q) = (TWidth.Top(a), TWidth.Top(b));
                    var pair = Pair(x);
                    (a0, b0) = (a0 + Dot(p, pair), b0 + Dot(q, pair));
                    (a, b) = (TWidth.Next(a), TWidth.Next(b));
                }
            }
            Scale<TScale>(header, tile, out var s, out var t, out var z, out var u);
            Add(tile, 0, a0, b0, s, t, z, u, sums);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Two<TWidth, TScale>(Tile* tile) where TWidth : struct, IWidth where TScale : struct, IElement
    {
        var w = tile->Panel;
        var x = tile->X;
        var stride = tile->XStride;
        var sums = tile->Sums;
        for (var left = tile->Blocks; left > 0; left -= tile->GroupBlocks, sums += tile->SumStride)
        {
            var header = w;
            w += tile->HeaderBytes;
            Vector512<int> a0 = default, b0 = default, a1 = default, b1 = default;
            for (var end = w + Math.Min(left, tile->GroupBlocks) * GroupedWeights.BlockBytes; w < end; w += GroupedWeights.BlockBytes)
            {
                var (a, b) = Load(w);
                for (var step = 0; step < TWidth.Count; step++, x += 2)
                {
                    var (p, q) = (TWidth.Top(a), TWidth.Top(b));
                    var pair = Pair(x);
                    (a0, b0) = (a0 + Dot(p, pair), b0 + Dot(q, pair));
                    pair = Pair(x + stride);
                    (a1, b1) = (a1 + Dot(p, pair), b1 + Dot(q, pair));
                    (a, b) = (TWidth.Next(a), TWidth.Next(b));
                }
            }
            Scale<TScale>(header, tile, out var s, out var t, out var z, out var u);
            Add(tile, 0, a0, b0, s, t, z, u, sums);
            Add(tile, 1, a1, b1, s, t, z, u, sums);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Four<TWidth, TScale>(Tile* tile) where TWidth : struct, IWidth where TScale : struct, IElement
    {
        var w = tile->Panel;
        var x = tile->X;
        var stride = tile->XStride;
        var sums = tile->Sums;
        for (var left = tile->Blocks; left > 0; left -= tile->GroupBlocks, sums += tile->SumStride)
        {
            var header = w;
            w += tile->HeaderBytes;
            Vector512<int> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
            for (var end = w + Math.Min(left, tile->GroupBlocks) * GroupedWeights.BlockBytes; w < end; w += GroupedWeights.BlockBytes)
            {
                var (a, b) = Load(w);
                for (var step = 0; step < TWidth.Count; step++, x += 2)
                {
                    var (p, q) = (TWidth.Top(a), TWidth.Top(b));
                    var pair = Pair(x);
                    (a0, b0) = (a0 + Dot(p, pair), b0 + Dot(q, pair));
                    pair = Pair(x + stride);
                    (a1, b1) = (a1 + Dot(p, pair), b1 + Dot(q, pair));
                    pair = Pair(x + 2 * stride);
                    (a2, b2) = (a2 + Dot(p, pair), b2 + Dot(q, pair));
                    pair = Pair(x + 3 * stride);
                    (a3, b3) = (a3 + Dot(p, pair), b3 + Dot(q, pair));
                    (a, b) = (TWidth.Next(a), TWidth.Next(b));
                }
            }
            Scale<TScale>(header, tile, out var s, out var t, out var z, out var u);
            Add(tile, 0, a0, b0, s, t, z, u, sums);
            Add(tile, 1, a1, b1, s, t, z, u, sums);
            Add(tile, 2, a2, b2, s, t, z, u, sums);
            Add(tile, 3, a3, b3, s, t, z, u, sums);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Eight<TWidth, TScale>(Tile* tile) where TWidth : struct, IWidth where TScale : struct, IElement
    {
        var w = tile->Panel;
        var x = tile->X;
        var stride = tile->XStride;
        var sums = tile->Sums;
        var y = x + 4 * stride;
        for (var left = tile->Blocks; left > 0; left -= tile->GroupBlocks, sums += tile->SumStride)
        {
            var header = w;
            w += tile->HeaderBytes;
            Vector512<int> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
            Vector512<int> a4 = default, b4 = default, a5 = default, b5 = default, a6 = default, b6 = default, a7 = default, b7 = default;
            for (var end = w + Math.Min(left, tile->GroupBlocks) * GroupedWeights.BlockBytes; w < end; w += GroupedWeights.BlockBytes)
            {
                var (a, b) = Load(w);
                for (var step = 0; step < TWidth.Count; step++, x += 2, y += 2)
                {
                    var (p, q) = (TWidth.Top(a), TWidth.Top(b));
                    var pair = Pair(x);
                    (a0, b0) = (a0 + Dot(p, pair), b0 + Dot(q, pair));
                    pair = Pair(x + stride);
                    (a1, b1) = (a1 + Dot(p, pair), b1 + Dot(q, pair));
                    pair = Pair(x + 2 * stride);
                    (a2, b2) = (a2 + Dot(p, pair), b2 + Dot(q, pair));
                    pair = Pair(x + 3 * stride);
                    (a3, b3) = (a3 + Dot(p, pair), b3 + Dot(q, pair));
                    pair = Pair(y);
                    (a4, b4) = (a4 + Dot(p, pair), b4 + Dot(q, pair));
                    pair = Pair(y + stride);
                    (a5, b5) = (a5 + Dot(p, pair), b5 + Dot(q, pair));
                    pair = Pair(y + 2 * stride);
                    (a6, b6) = (a6 + Dot(p, pair), b6 + Dot(q, pair));
                    pair = Pair(y + 3 * stride);
                    (a7, b7) = (a7 + Dot(p, pair), b7 + Dot(q, pair));
                    (a, b) = (TWidth.Next(a), TWidth.Next(b));
                }
            }
            Scale<TScale>(header, tile, out var s, out var t, out var z, out var u);
            Add(tile, 0, a0, b0, s, t, z, u, sums);
            Add(tile, 1, a1, b1, s, t, z, u, sums);
            Add(tile, 2, a2, b2, s, t, z, u, sums);
            Add(tile, 3, a3, b3, s, t, z, u, sums);
            Add(tile, 4, a4, b4, s, t, z, u, sums);
            Add(tile, 5, a5, b5, s, t, z, u, sums);
            Add(tile, 6, a6, b6, s, t, z, u, sums);
            Add(tile, 7, a7, b7, s, t, z, u, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector512<short> A, Vector512<short> B) Load(byte* w)
    {
        Prefetch.Line(w + Ahead);
        Prefetch.Line(w + Ahead + 64);
        return (Vector512.Load((short*)w), Vector512.Load((short*)(w + 64)));
    }

    /// <summary>Two columns of a row, for every output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Pair(short* x) => Vector512.Create(Unsafe.ReadUnaligned<int>(x));

    /// <summary>In each lane a.low * b.low + a.high * b.high.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Dot(Vector512<short> a, Vector512<int> b) => VectorMath.PairSums(a, b.AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Scale<T>(
        byte* header, Tile* tile, out Vector512<float> s, out Vector512<float> t, out Vector512<int> z, out Vector512<int> u)
        where T : struct, IElement
    {
        (s, t) = (T.Load(header, 0), T.Load(header, VectorMath.Lanes));
        (z, u) = (default, default);
        if (tile->Sums == null) return;
        var zeroPoints = Vector512.Load((short*)(header + GroupedWeights.PanelOutputs * T.Size));
        (z, u) = Vector512.Widen(zeroPoints);
    }

    /// <summary>results[row] += s * (a - z * sums[row]), and the same with the second vector of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(
        Tile* tile,
        int row,
        Vector512<int> a,
        Vector512<int> b,
        Vector512<float> s,
        Vector512<float> t,
        Vector512<int> z,
        Vector512<int> u,
        int* sums)
    {
        if (tile->Sums != null)
        {
            var sum = Vector512.Create(sums[row]);
            (a, b) = (a - z * sum, b - u * sum);
        }
        var results = tile->Results + row * GroupedWeights.PanelOutputs;
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(a), s, Vector512.Load(results)).Store(results);
        results += VectorMath.Lanes;
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(b), t, Vector512.Load(results)).Store(results);
    }
}
