using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>y = silu(gate) * up, where silu(g) = g / (1 + e^-g) (the SwiGLU of Shazeer, arXiv:2002.05202).</summary>
internal static unsafe class SiluMulKernel
{
    public struct Job
    {
        public void* GateUp; // [rows, 2 * Columns]: the gate first
        public DataType Type;
        public void* Y; // [rows, Columns]
        public DataType YType; // Type, or integers
        public float* YScales; // [rows], of integers
        public float* Lines; // [workers, Columns], for integers
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
            if (job->YType.IsInteger) Quantized(job, row, worker);
            else if (job->Type == DataType.Float32) Row<Float32Element, Float32Element>(job->GateUp, row, job->Y, row, job->Columns);
            else Row<BFloat16Element, BFloat16Element>(job->GateUp, row, job->Y, row, job->Columns);
        }
    }

    static void Quantized(Job* job, int row, int worker)
    {
        var line = job->Lines + (nint)worker * job->Columns;
        if (job->Type == DataType.Float32) Row<Float32Element, Float32Element>(job->GateUp, row, line, 0, job->Columns);
        else Row<BFloat16Element, Float32Element>(job->GateUp, row, line, 0, job->Columns);
        RowQuantizer.Row(line, job->Columns, job->YType, job->Y, job->YScales, row);
    }

    [MethodImpl(Jit.Loop)]
    static void Row<T, TY>(void* gateUp, nint row, void* y, nint toRow, int columns) where T : struct, IElement where TY : struct, IElement
    {
        var (gate, up, to) = (row * 2 * columns, row * 2 * columns + columns, toRow * columns);
        var i = 0;
        for (; i + VectorMath.Lanes <= columns; i += VectorMath.Lanes)
        {
            TY.Store(y, to + i, Apply(T.Load(gateUp, gate + i), T.Load(gateUp, up + i)));
        }
        if (i == columns) return;
        var count = columns - i;
        var tail = Apply(VectorMath.LoadPart<T>(gateUp, gate + i, count), VectorMath.LoadPart<T>(gateUp, up + i, count));
        VectorMath.StorePart<TY>(y, to + i, count, tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Apply(Vector512<float> gate, Vector512<float> up) =>
        gate / (Vector512<float>.One + VectorMath.Exp(-gate)) * up;
}
