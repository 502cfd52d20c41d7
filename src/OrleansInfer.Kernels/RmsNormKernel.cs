using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>RMSNorm (Zhang and Sennrich, arXiv:1910.07467) of the residual stream: y = x / sqrt(mean(x²) + eps) * gain.</summary>
internal static unsafe class RmsNormKernel
{
    public struct Job
    {
        public float* Hidden; // [*, Columns], read; with Delta: written too
        public void* Delta; // [rows, Columns] to add to Hidden first, or null
        public DataType DeltaType;
        public int* Gather; // [rows], the row of Hidden that each row of Y is of, or null: the same
        public float* Gain; // [Columns]
        public void* Y; // [rows, Columns]
        public DataType YType;
        public float* YScales; // [rows], of integers
        public float* Lines; // [workers, Columns], for integers
        public int Columns;
        public int Rows;
        public int RowsPerItem;
        public float Eps;
    }

    public static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        var last = Math.Min((item + 1) * job->RowsPerItem, job->Rows);
        for (var row = item * job->RowsPerItem; row < last; row++)
        {
            var x = job->Hidden + (nint)(job->Gather == null ? row : job->Gather[row]) * job->Columns;
            var start = (nint)row * job->Columns;
            if (job->Delta != null && job->DeltaType == DataType.Float32) Add<Float32Element>(x, job->Delta, start, job->Columns);
            else if (job->Delta != null) Add<BFloat16Element>(x, job->Delta, start, job->Columns);
            if (job->Y == null) continue;
            if (job->YType.IsInteger) Quantized(job, x, row, worker);
            else if (job->YType == DataType.Float32) Normalize<Float32Element>(x, job->Gain, job->Y, start, job->Columns, job->Eps);
            else Normalize<BFloat16Element>(x, job->Gain, job->Y, start, job->Columns, job->Eps);
        }
    }

    /// <summary>y[start ..] = x / rms(x) * gain; y may be x.</summary>
    [MethodImpl(Jit.Loop)]
    public static void Normalize<T>(float* x, float* gain, void* y, nint start, int columns, float eps) where T : struct, IElement
    {
        var scale = Vector512.Create(1 / MathF.Sqrt(SumOfSquares(x, columns) / columns + eps));
        var i = 0;
        for (; i + VectorMath.Lanes <= columns; i += VectorMath.Lanes)
        {
            T.Store(y, start + i, Vector512.Load(x + i) * scale * Vector512.Load(gain + i));
        }
        if (i == columns) return;
        var count = columns - i;
        var tail = VectorMath.LoadPart<Float32Element>(x, i, count) * scale * VectorMath.LoadPart<Float32Element>(gain, i, count);
        VectorMath.StorePart<T>(y, start + i, count, tail);
    }

    static void Quantized(Job* job, float* x, int row, int worker)
    {
        var line = job->Lines + (nint)worker * job->Columns;
        Normalize<Float32Element>(x, job->Gain, line, 0, job->Columns, job->Eps);
        RowQuantizer.Row(line, job->Columns, job->YType, job->Y, job->YScales, row);
    }

    [MethodImpl(Jit.Loop)]
    static float SumOfSquares(float* x, int columns)
    {
        Vector512<float> even = default, odd = default;
        var i = 0;
        for (; i + 2 * VectorMath.Lanes <= columns; i += 2 * VectorMath.Lanes)
        {
            var (a, b) = (Vector512.Load(x + i), Vector512.Load(x + i + VectorMath.Lanes));
            even = Vector512.FusedMultiplyAdd(a, a, even);
            odd = Vector512.FusedMultiplyAdd(b, b, odd);
        }
        for (; i < columns; i += VectorMath.Lanes)
        {
            var count = Math.Min(VectorMath.Lanes, columns - i);
            var a = count == VectorMath.Lanes ? Vector512.Load(x + i) : VectorMath.LoadPart<Float32Element>(x, i, count);
            even = Vector512.FusedMultiplyAdd(a, a, even);
        }
        return VectorMath.Sum(even + odd);
    }

    [MethodImpl(Jit.Loop)]
    static void Add<T>(float* x, void* delta, nint start, int columns) where T : struct, IElement
    {
        var i = 0;
        for (; i + VectorMath.Lanes <= columns; i += VectorMath.Lanes) (Vector512.Load(x + i) + T.Load(delta, start + i)).Store(x + i);
        for (; i < columns; i++) x[i] += T.Get(delta, start + i);
    }
}
