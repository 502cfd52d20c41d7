using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// Dot products of a few rows of x with a few rows of W.  Each has one accumulator of its own that goes through the columns in order, so
/// the result of one is the same whichever others are computed beside it.
/// </summary>
internal static unsafe class RowDot
{
    public const int Rows = 4;
    public const int Outputs = 4;

    /// <summary>results[r * Outputs + o] = x[r] · w[o]; columns is a multiple of 16.</summary>
    public static void Multiply<T>(float* x, int rows, byte* w, int outputs, int columns, float* results) where T : struct, IElement
    {
        if (rows == Rows && outputs == Outputs)
        {
            Four<T>(x, w, columns, results);
            return;
        }
        for (var r = 0; r < rows; r++)
        {
            if (outputs == Outputs)
            {
                One<T>(x + (nint)r * columns, w, columns, results + r * Outputs);
                continue;
            }
            for (var o = 0; o < outputs; o++)
            {
                results[r * Outputs + o] = Single<T>(x + (nint)r * columns, w + (nint)o * columns * T.Size, columns);
            }
        }
    }

    [MethodImpl(Jit.Loop)]
    static float Single<T>(float* x, byte* w, int columns) where T : struct, IElement
    {
        var sum = Vector512<float>.Zero;
        for (nint k = 0; k < columns; k += VectorMath.Lanes) sum = Vector512.FusedMultiplyAdd(Vector512.Load(x + k), T.Load(w, k), sum);
        return VectorMath.Sum(sum);
    }

    [MethodImpl(Jit.Loop)]
    static void One<T>(float* x, byte* w, int columns, float* results) where T : struct, IElement
    {
        nint s = columns;
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint k = 0; k < columns; k += VectorMath.Lanes)
        {
            var v = Vector512.Load(x + k);
            s0 = Vector512.FusedMultiplyAdd(v, T.Load(w, k), s0);
            s1 = Vector512.FusedMultiplyAdd(v, T.Load(w, k + s), s1);
            s2 = Vector512.FusedMultiplyAdd(v, T.Load(w, k + 2 * s), s2);
            s3 = Vector512.FusedMultiplyAdd(v, T.Load(w, k + 3 * s), s3);
        }
        Reduce(s0, s1, s2, s3, results);
    }

    [MethodImpl(Jit.Loop)]
    static void Four<T>(float* x, byte* w, int columns, float* results) where T : struct, IElement
    {
        nint s = columns;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> d0 = default, d1 = default, d2 = default, d3 = default;
        for (nint k = 0; k < columns; k += VectorMath.Lanes)
        {
            var (w0, w1) = (T.Load(w, k), T.Load(w, k + s));
            var (w2, w3) = (T.Load(w, k + 2 * s), T.Load(w, k + 3 * s));
            var v = Vector512.Load(x + k);
            a0 = Vector512.FusedMultiplyAdd(v, w0, a0);
            a1 = Vector512.FusedMultiplyAdd(v, w1, a1);
            a2 = Vector512.FusedMultiplyAdd(v, w2, a2);
            a3 = Vector512.FusedMultiplyAdd(v, w3, a3);
            v = Vector512.Load(x + k + s);
            b0 = Vector512.FusedMultiplyAdd(v, w0, b0);
            b1 = Vector512.FusedMultiplyAdd(v, w1, b1);
            b2 = Vector512.FusedMultiplyAdd(v, w2, b2);
            b3 = Vector512.FusedMultiplyAdd(v, w3, b3);
            v = Vector512.Load(x + k + 2 * s);
            c0 = Vector512.FusedMultiplyAdd(v, w0, c0);
            c1 = Vector512.FusedMultiplyAdd(v, w1, c1);
            c2 = Vector512.FusedMultiplyAdd(v, w2, c2);
            c3 = Vector512.FusedMultiplyAdd(v, w3, c3);
            v = Vector512.Load(x + k + 3 * s);
            d0 = Vector512.FusedMultiplyAdd(v, w0, d0);
            d1 = Vector512.FusedMultiplyAdd(v, w1, d1);
            d2 = Vector512.FusedMultiplyAdd(v, w2, d2);
            d3 = Vector512.FusedMultiplyAdd(v, w3, d3);
        }
        Reduce(a0, a1, a2, a3, results);
        Reduce(b0, b1, b2, b3, results + Outputs);
        Reduce(c0, c1, c2, c3, results + 2 * Outputs);
        Reduce(d0, d1, d2, d3, results + 3 * Outputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Reduce(Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3, float* results)
    {
        results[0] = VectorMath.Sum(s0);
        results[1] = VectorMath.Sum(s1);
        results[2] = VectorMath.Sum(s2);
        results[3] = VectorMath.Sum(s3);
    }
}
