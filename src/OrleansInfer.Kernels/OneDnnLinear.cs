using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels;

/// <summary>
/// A bfloat16 linear computed by oneDNN inside libtorch, on weights packed once.  Calls are of a few row counts only (the rows behind the
/// last are padding and their results are never read), because those are the counts for which batch invariance was tested.
/// <para>
/// libtorch's own threads are not used: a large linear is cut along its outputs, many rows into tiles, and each slice of a tile is a
/// call on one thread of the team.
/// OpenMP's threads have to meet at the end of each loop, and where another program has one of the cores that takes as long as the
/// scheduler's time slice (measured: 20 ms instead of 0.1); and they would spin beside the team's own.
/// </para>
/// </summary>
internal sealed unsafe class OneDnnLinear : Linear
{
    const int BatchHint = 64; // the layout that oneDNN chooses for 64 rows is the only one without a slow row count among 1 to 512
    const long SliceBytes = 1 << 20; // read by one core in the time it takes to be sure of a second one
    const int SliceMultiple = 64; // outputs of a block of oneDNN's layout

    readonly Slice[] slices;
    bool disposed;

    OneDnnLinear(StackedWeights weights, Slice[] slices) : base(weights.Columns, weights.Rows, DataType.BFloat16)
    {
        this.slices = slices;
        Bytes = weights.Bytes;
    }

    public override long Bytes { get; }

    /// <summary>Null where oneDNN has no packed bfloat16 (processors without AVX-512).</summary>
    public static OneDnnLinear? TryCreate(StackedWeights weights, int threads)
    {
        var parts = OpenMp.Available ? (int)Math.Min(threads, (weights.Bytes + SliceBytes - 1) / SliceBytes) : 1;
        var outputs = ((weights.Rows + parts - 1) / parts + SliceMultiple - 1) / SliceMultiple * SliceMultiple;
        var slices = new Slice[(weights.Rows + outputs - 1) / outputs];
        for (var i = 0; i < slices.Length; i++)
        {
            if (Slice.Pack(weights, i * outputs, Math.Min(outputs, weights.Rows - i * outputs)) is not { } slice) return null;
            slices[i] = slice;
        }
        return new OneDnnLinear(weights, slices);
    }

    public override void Dispose()
    {
        if (disposed) return;
        disposed = true;
        foreach (var slice in slices) slice.Free();
    }

    internal override void Forward(Team team, Activations x, int rows, Activations y)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        fixed (Slice* slice = slices)
        {
            var job = new Job { X = (byte*)x.Data, Y = (byte*)y.Data, Slices = slice, Rows = rows };
            (job.Columns, job.Outputs) = (InFeatures, OutFeatures);
            job.Tiles = RowCounts.Tiles(rows);
            team.Run(&Item, &job, slices.Length * job.Tiles, rows * Bytes);
            if (job.Failed) throw new InvalidOperationException("libtorch failed in a linear; its message is on standard error.");
        }
    }

    static void Item(void* context, int item, int worker)
    {
        var job = (Job*)context;
        if (job->Failed) return;
        var (slice, tile) = Math.DivRem(item, job->Tiles);
        var first = tile * RowCounts.Largest;
        var threads = OpenMp.Exchange(1);
        job->Failed |= !Tile(job, job->Slices + slice, first, Math.Min(job->Rows - first, RowCounts.Largest));
        OpenMp.Exchange(threads);
    }

    static bool Tile(Job* job, Slice* slice, int first, int rows)
    {
        var from = job->X + (nint)first * job->Columns * sizeof(ushort);
        var (weight, bias) = (slice->Weight, slice->Bias);
        if (!AtenShim.TryLinear(from, RowCounts.Padded(rows), job->Columns, weight, bias, out var result, out var data)) return false;
        var bytes = (nint)slice->Outputs * sizeof(ushort);
        var stride = (nint)job->Outputs * sizeof(ushort);
        var to = job->Y + first * stride + slice->FirstOutput * sizeof(ushort);
        if (bytes == stride) Buffer.MemoryCopy((void*)data, to, rows * bytes, rows * bytes);
        else for (nint row = 0; row < rows; row++) Buffer.MemoryCopy((byte*)data + row * bytes, to + row * stride, bytes, bytes);
        AtenShim.Delete(result);
        return true;
    }

    /// <summary>Some outputs of the linear, packed; the bias is a tensor over memory of its own, or 0.</summary>
    struct Slice
    {
        public nint Weight;
        public nint Bias;
        public nint BiasData;
        public int FirstOutput;
        public int Outputs;

        public static Slice? Pack(StackedWeights weights, int first, int outputs)
        {
            var plain = AtenShim.FromBlob(
                weights.Data + (long)first * weights.Columns * sizeof(ushort), AtenType.BFloat16, outputs, weights.Columns);
            var slice = new Slice { Weight = AtenShim.ReorderLinearWeight(plain, BatchHint), FirstOutput = first, Outputs = outputs };
            AtenShim.Delete(plain);
            if (slice.Weight == 0) return null;
            if (weights.Bias is not { } bias) return slice;
            slice.BiasData = (nint)NativeMemory.AlignedAlloc((nuint)outputs * sizeof(ushort), alignment: 64);
            for (var i = 0; i < outputs; i++) BFloat16Element.Set((void*)slice.BiasData, i, bias[first + i]);
            slice.Bias = AtenShim.FromBlob((void*)slice.BiasData, AtenType.BFloat16, outputs);
            return slice;
        }

        public readonly void Free()
        {
            AtenShim.Delete(Weight);
            AtenShim.Delete(Bias);
            NativeMemory.AlignedFree((void*)BiasData);
        }
    }

    struct Job
    {
        public byte* X; // [Rows, Columns]
        public byte* Y; // [Rows, Outputs]
        public Slice* Slices;
        public int Rows;
        public int Tiles;
        public int Columns;
        public int Outputs;
        public volatile bool Failed;
    }
}
