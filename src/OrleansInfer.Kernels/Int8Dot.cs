using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OrleansInfer.Kernels;

/// <summary>
/// Sums of products of unsigned bytes (of x) and signed bytes (of weights), exact in 32 bits: rows of x by one panel of weights, which
/// holds <see cref="Outputs"/> outputs side by side, <see cref="Depth"/> columns of each in a lane.  Integers have no order of summation,
/// so every instruction set and every grouping of rows gives the same.
/// </summary>
internal static unsafe class Int8Dot
{
    /// <summary>Outputs of a panel: [columns / Depth, Outputs, Depth].</summary>
    public const int Outputs = 64;

    /// <summary>Neighbouring columns of one output, the bytes of one lane.</summary>
    public const int Depth = 4;

    /// <summary>Rows that go through a panel together.</summary>
    public const int Rows = 8;

    const int Lanes = 8;
    const int Width = Lanes * Depth;
    const int Step = Outputs * Depth; // bytes from one group of columns to the next
    const int ChunkGroups = 32; // 8 KiB of a panel stay in the first-level cache while all rows pass
    const int Ahead = ChunkGroups * Step; // asked for before the processor would guess it: its guesses end at each page

    /// <summary>sums[r, o] of up to <see cref="Rows"/> rows of x, <paramref name="stride"/> bytes apart; sums has room for all.</summary>
    public static void Multiply(byte* x, nint stride, int rows, sbyte* panel, int groups, int* sums)
    {
        if (rows == 1)
        {
            One(x, panel, groups, sums);
            return;
        }
        new Span<int>(sums, Rows * Outputs).Clear();
        for (var first = 0; first < groups; first += ChunkGroups)
        {
            var count = Math.Min(ChunkGroups, groups - first);
            Chunk(x + first * Depth, stride, rows, panel + first * Step, count, sums);
        }
    }

    static void Chunk(byte* x, nint stride, int rows, sbyte* panel, int groups, int* sums)
    {
        for (var row = 0; row < rows; row += 4, x += 4 * stride, sums += 4 * Outputs)
        {
            var last = Math.Min(3, rows - row - 1) * stride; // a row that is not there is computed as a copy of the last
            if (last <= stride)
            {
                for (var o = 0; o < Outputs; o += 4 * Lanes) Two(x, x + last, panel + o * Depth, groups, sums + o);
            }
            else
            {
                for (var o = 0; o < Outputs; o += 2 * Lanes) Four(x, stride, x + last, panel + o * Depth, groups, sums + o);
            }
        }
    }

    [MethodImpl(Jit.Loop)]
    static void One(byte* x, sbyte* panel, int groups, int* sums)
    {
        Vector256<int> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (var i = 0; i < groups; i++, panel += Step)
        {
            for (var line = 0; line < Step; line += 64) Prefetch.Line(panel + Ahead + line);
            var four = Broadcast(x + i * Depth);
            a = Add(a, four, panel);
            b = Add(b, four, panel + Width);
            c = Add(c, four, panel + 2 * Width);
            d = Add(d, four, panel + 3 * Width);
            e = Add(e, four, panel + 4 * Width);
            f = Add(f, four, panel + 5 * Width);
            g = Add(g, four, panel + 6 * Width);
            h = Add(h, four, panel + 7 * Width);
        }
        Store(sums, a, b, c, d);
        Store(sums + 4 * Lanes, e, f, g, h);
    }

    /// <summary>Adds to 32 sums of each of two rows.</summary>
    [MethodImpl(Jit.Loop)]
    static void Two(byte* x, byte* y, sbyte* panel, int groups, int* sums)
    {
        var (a, b, c, d) = Load(sums);
        var (e, f, g, h) = Load(sums + Outputs);
        for (var i = 0; i < groups; i++, panel += Step)
        {
            Prefetch.Line(panel + Ahead);
            Prefetch.Line(panel + Ahead + 64);
            var (first, second) = (Broadcast(x + i * Depth), Broadcast(y + i * Depth));
            a = Add(a, first, panel);
            e = Add(e, second, panel);
            b = Add(b, first, panel + Width);
            f = Add(f, second, panel + Width);
            c = Add(c, first, panel + 2 * Width);
            g = Add(g, second, panel + 2 * Width);
            d = Add(d, first, panel + 3 * Width);
            h = Add(h, second, panel + 3 * Width);
        }
        Store(sums, a, b, c, d);
        Store(sums + Outputs, e, f, g, h);
    }

    /// <summary>Adds to 16 sums of each of four rows.</summary>
    [MethodImpl(Jit.Loop)]
    static void Four(byte* x, nint stride, byte* last, sbyte* panel, int groups, int* sums)
    {
        var (a, b) = (Vector256.Load(sums), Vector256.Load(sums + Lanes));
        var (c, d) = (Vector256.Load(sums + Outputs), Vector256.Load(sums + Outputs + Lanes));
        var (e, f) = (Vector256.Load(sums + 2 * Outputs), Vector256.Load(sums + 2 * Outputs + Lanes));
        var (g, h) = (Vector256.Load(sums + 3 * Outputs), Vector256.Load(sums + 3 * Outputs + Lanes));
        for (var i = 0; i < groups; i++, panel += Step, x += Depth, last += Depth)
        {
            Prefetch.Line(panel + Ahead);
            var (left, right) = (Vector256.Load(panel), Vector256.Load(panel + Width));
            var row = Broadcast(x);
            a = Add(a, row, left);
            b = Add(b, row, right);
            row = Broadcast(x + stride);
            c = Add(c, row, left);
            d = Add(d, row, right);
            row = Broadcast(x + 2 * stride);
            e = Add(e, row, left);
            f = Add(f, row, right);
            row = Broadcast(last);
            g = Add(g, row, left);
            h = Add(h, row, right);
        }
        Store(sums, a, b);
        Store(sums + Outputs, c, d);
        Store(sums + 2 * Outputs, e, f);
        Store(sums + 3 * Outputs, g, h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Vector256<int> A, Vector256<int> B, Vector256<int> C, Vector256<int> D) Load(int* sums) =>
        (Vector256.Load(sums), Vector256.Load(sums + Lanes), Vector256.Load(sums + 2 * Lanes), Vector256.Load(sums + 3 * Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> Broadcast(byte* x) => Vector256.Create(*(int*)x).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Add(Vector256<int> sum, Vector256<byte> x, sbyte* weights) => Add(sum, x, Vector256.Load(weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Add(Vector256<int> sum, Vector256<byte> x, Vector256<sbyte> weights)
    {
        if (AvxVnni.IsSupported) return AvxVnni.MultiplyWideningAndAdd(sum, x, weights);
        // bytes at even and at odd places as shorts: the products of two fit 32 bits, where those of two bytes would not fit 16
        var (xShorts, shorts) = (x.AsInt16(), weights.AsInt16());
        var (xEven, xOdd) = (xShorts & Vector256.Create((short)0xff), xShorts >>> 8);
        var (even, odd) = ((shorts << 8) >> 8, shorts >> 8);
        return sum + VectorMath.PairSums(xEven, even) + VectorMath.PairSums(xOdd, odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(int* sums, Vector256<int> a, Vector256<int> b)
    {
        a.Store(sums);
        b.Store(sums + Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(int* sums, Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        Store(sums, a, b);
        Store(sums + 2 * Lanes, c, d);
    }
}
