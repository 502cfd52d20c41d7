using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>y = silu(gate) * up, where silu(g) = g / (1 + e^-g) (the SwiGLU of Shazeer, arXiv:2002.05202).</summary>
internal static unsafe class SiluMulKernel
{
    public struct Job
    {
        public void* GateUp; // [rows, 2 * Columns]: the gate first
        public void* Y; // [rows, Columns]
        public DataType Type;
        public int Columns;
        public int Rows;
        public int RowsPerItem;
    }

    public static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        var last = Math.Min((item + 1) * job->RowsPerItem, job->Rows);
        for (var row = item * job->RowsPerItem; row < last; row++)
        {
            if (job->Type == DataType.Float32) Row<Float32Element>(job->GateUp, job->Y, row, job->Columns);
            else Row<BFloat16Element>(job->GateUp, job->Y, row, job->Columns);
        }
    }

    [MethodImpl(Jit.Loop)]
    static void Row<T>(void* gateUp, void* y, nint row, int columns) where T : struct, IElement
    {
        var (gate, up, to) = (row * 2 * columns, row * 2 * columns + columns, row * columns);
        var i = 0;
        for (; i + VectorMath.Lanes <= columns; i += VectorMath.Lanes)
        {
            T.Store(y, to + i, Apply(T.Load(gateUp, gate + i), T.Load(gateUp, up + i)));
        }
        if (i == columns) return;
        var count = columns - i;
        var tail = Apply(VectorMath.LoadPart<T>(gateUp, gate + i, count), VectorMath.LoadPart<T>(gateUp, up + i, count));
        VectorMath.StorePart<T>(y, to + i, count, tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Apply(Vector512<float> gate, Vector512<float> up) =>
        gate / (Vector512<float>.One + VectorMath.Exp(-gate)) * up;
}
