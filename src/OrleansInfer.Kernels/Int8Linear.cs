using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// A linear of 8-bit weights and 8-bit activations: y = (sum of integer products) * (scale of the row of x * scale of the output) + bias.
/// The sums are exact, whoever makes them: for few rows, where memory is the limit, the kernel written here; for more oneDNN's, on the same
/// packed weights.
/// </summary>
internal sealed unsafe class Int8Linear : Linear
{
    const long SliceBytes = 1 << 18; // a call is some 20 us by itself: worth a second core from 32 rows on
    const long SmallWork = 1 << 24; // in products: as long as a call of oneDNN takes 16 us by itself, more rows of a small matrix are ours
    const int PanelsPerItem = 4;

    readonly Int8Panels[] panels;
    readonly Slice[] slices;
    readonly float[] scales; // [outputs, rounded up to whole panels]
    readonly float[] bias;
    readonly int[] zeroSums; // what the unsigned zero of x adds to each sum
    readonly int ownRows;
    bool disposed;

    /// <param name="ownRows">
    /// The largest number of rows that the kernel written here takes of any matrix; 0: oneDNN takes all, int.MaxValue: oneDNN is not used.
    /// </param>
    public Int8Linear(ReadOnlySpan<QuantizedMatrix> parts, int threads, int ownRows, DataType type)
        : base(parts[0].Columns, OutputsOf(parts), type, DataType.Int8)
    {
        var count = Math.Clamp(((long)OutFeatures * InFeatures + SliceBytes - 1) / SliceBytes, 1, threads);
        var outputs = Panels((int)((OutFeatures + count - 1) / count)) * Int8Dot.Outputs;
        panels = new Int8Panels[(OutFeatures + outputs - 1) / outputs];
        slices = new Slice[panels.Length];
        for (var i = 0; i < slices.Length; i++)
        {
            panels[i] = new Int8Panels(parts, i * outputs, Math.Min(outputs, OutFeatures - i * outputs), ownRows < int.MaxValue);
            slices[i] = new Slice(panels[i]);
            Bytes += Panels(panels[i].Outputs) * panels[i].PanelBytes;
        }
        this.ownRows = Array.TrueForAll(panels, slice => slice.Packed != 0) ? ownRows : int.MaxValue;
        var padded = Panels(OutFeatures) * Int8Dot.Outputs;
        (scales, bias, zeroSums) = (new float[padded], new float[padded], new int[padded]);
        var output = 0;
        foreach (var part in parts)
        {
            part.Bias?.CopyTo(bias, output);
            for (var row = 0; row < part.Rows; row++, output++)
            {
                scales[output] = part.Scales(row)[0];
                foreach (var value in part.Values(row)) zeroSums[output] += value * RowQuantizer.ByteZero;
            }
        }
    }

    public override long Bytes { get; }

    /// <summary>True where sums of many rows are oneDNN's.</summary>
    public bool UsesOneDnn => ownRows < int.MaxValue;

    public override void Dispose()
    {
        if (disposed) return;
        disposed = true;
        foreach (var slice in slices) slice.Constants.Dispose();
        foreach (var slice in panels) slice.Dispose();
    }

    internal override void Forward(Team team, Activations x, int rows, Activations y)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        fixed (Slice* slice = slices)
        fixed (float* scale = scales, biases = bias)
        fixed (int* zeros = zeroSums)
        {
            var job = new Job { X = (byte*)x.Data, RowScales = x.Scales, Y = y.Data, Type = Type, Rows = rows, Slices = slice };
            job.Scales = scale;
            job.Bias = biases;
            job.ZeroSums = zeros;
            job.Columns = InFeatures;
            job.Outputs = OutFeatures;
            job.Tiles = RowCounts.Tiles(rows);
            if (rows > ownRows && !(ownRows > 0 && rows * Bytes <= SmallWork))
                team.Run(&OneDnnItem, &job, slices.Length * job.Tiles, rows * Bytes);
            else team.Run(&OwnItem, &job, (Panels(OutFeatures) + PanelsPerItem - 1) / PanelsPerItem, rows * Bytes);
            if (job.Failed) throw new InvalidOperationException("libtorch failed in a linear; its message is on standard error.");
        }
    }

    static void OwnItem(void* context, int item, int worker)
    {
        var job = (Job*)context;
        var groups = (job->Columns + Int8Dot.Depth - 1) / Int8Dot.Depth;
        var sums = stackalloc int[Int8Dot.Rows * Int8Dot.Outputs];
        var last = Math.Min((item + 1) * PanelsPerItem, Panels(job->Outputs));
        for (var panel = item * PanelsPerItem; panel < last; panel++)
        {
            var output = panel * Int8Dot.Outputs;
            var (slice, index) = Math.DivRem(panel, Panels(job->Slices->Outputs));
            var weights = job->Slices[slice].Data + index * job->Slices[slice].PanelBytes;
            for (var row = 0; row < job->Rows; row += Int8Dot.Rows)
            {
                var rows = Math.Min(Int8Dot.Rows, job->Rows - row);
                Int8Dot.Multiply(job->X + (nint)row * job->Columns, job->Columns, rows, weights, groups, sums);
                for (var r = 0; r < rows; r++) Scale(job, sums + r * Int8Dot.Outputs, row + r, output);
            }
        }
    }

    static void OneDnnItem(void* context, int item, int worker)
    {
        var job = (Job*)context;
        if (job->Failed) return;
        var (index, tile) = Math.DivRem(item, job->Tiles);
        var slice = job->Slices + index;
        var first = tile * RowCounts.Largest;
        var rows = Math.Min(job->Rows - first, RowCounts.Largest);
        var x = job->X + (nint)first * job->Columns;
        var threads = OpenMp.Exchange(1);
        var done = AtenShim.TryInt8Linear(
            x, RowCounts.Padded(rows), job->Columns, slice->Packed, slice->Constants, out var result, out var sums);
        OpenMp.Exchange(threads);
        if (done)
        {
            for (var row = 0; row < rows; row++) Scale(job, (float*)sums + (nint)row * slice->Outputs, first + row, slice);
            AtenShim.Delete(result);
        }
        else
        {
            job->Failed = true;
        }
    }

    /// <summary>Sums of a panel's outputs in one row to y.</summary>
    static void Scale(Job* job, int* sums, int row, int firstOutput)
    {
        var zeros = job->ZeroSums + firstOutput;
        for (var i = 0; i < Int8Dot.Outputs; i += VectorMath.Lanes)
        {
            // an integer becomes the nearest float here and in oneDNN
            var sum = Vector512.ConvertToSingle(Vector512.Load(sums + i) - Vector512.Load(zeros + i));
            Vector512.Store(sum, (float*)sums + i);
        }
        Scale(job, (float*)sums, row, firstOutput, Math.Min(Int8Dot.Outputs, job->Outputs - firstOutput));
    }

    static void Scale(Job* job, float* sums, int row, Slice* slice) => Scale(job, sums, row, slice->First, slice->Outputs);

    static void Scale(Job* job, float* sums, int row, int firstOutput, int count)
    {
        if (job->Type == DataType.Float32) Scale<Float32Element>(job, sums, row, firstOutput, count);
        else Scale<BFloat16Element>(job, sums, row, firstOutput, count);
    }

    [MethodImpl(Jit.Loop)]
    static void Scale<T>(Job* job, float* sums, int row, int firstOutput, int count) where T : struct, IElement
    {
        var rowScale = Vector512.Create(job->RowScales[row]);
        var scales = job->Scales + firstOutput;
        var bias = job->Bias + firstOutput;
        var to = (nint)row * job->Outputs + firstOutput;
        var i = 0;
        for (; i + VectorMath.Lanes <= count; i += VectorMath.Lanes)
        {
            T.Store(job->Y, to + i, Apply(Vector512.Load(sums + i), rowScale, scales + i, bias + i));
        }
        if (i == count) return;
        var tail = Apply(VectorMath.LoadPart<Float32Element>(sums, i, count - i), rowScale, scales + i, bias + i);
        VectorMath.StorePart<T>(job->Y, to + i, count - i, tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Apply(Vector512<float> sum, Vector512<float> rowScale, float* scale, float* bias) =>
        Vector512.FusedMultiplyAdd(sum, rowScale * Vector512.Load(scale), Vector512.Load(bias));

    static int Panels(int outputs) => (outputs + Int8Dot.Outputs - 1) / Int8Dot.Outputs;

    static int OutputsOf(ReadOnlySpan<QuantizedMatrix> parts)
    {
        var outputs = 0;
        foreach (var part in parts) outputs += part.Rows;
        return outputs;
    }

    /// <summary>Some outputs of the linear: a multiple of a panel's, but for the last.</summary>
    readonly struct Slice(Int8Panels panels)
    {
        public readonly sbyte* Data = panels.Data;
        public readonly long PanelBytes = panels.PanelBytes;
        public readonly nint Packed = panels.Packed;
        public readonly int First = panels.First;
        public readonly int Outputs = panels.Outputs;
        public readonly Int8LinearConstants Constants = panels.Packed == 0 ? default : new(panels.Outputs);
    }

    struct Job
    {
        public byte* X; // [Rows, Columns]
        public float* RowScales; // [Rows]
        public void* Y; // [Rows, Outputs]
        public DataType Type; // of Y
        public Slice* Slices;
        public float* Scales; // [Outputs]
        public float* Bias; // [Outputs]
        public int* ZeroSums; // [Outputs]
        public int Rows;
        public int Tiles;
        public int Columns;
        public int Outputs;
        public volatile bool Failed;
    }
}
