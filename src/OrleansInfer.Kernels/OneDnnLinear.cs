namespace OrleansInfer.Kernels;

/// <summary>
/// A bfloat16 linear computed by oneDNN inside libtorch, on weights packed once.  Calls are of a few row counts only (the rows behind the
/// last are padding and their results are never read), because those are the counts for which batch invariance was tested.
/// </summary>
internal sealed unsafe class OneDnnLinear : Linear
{
    const int BatchHint = 64; // the layout that oneDNN chooses for 64 rows is the only one without a slow row count among 1 to 512
    const long SmallBytes = 1 << 20; // read by one core in the time it takes to be sure of a second one

    readonly NativeBuffer? biasData;
    readonly nint weight;
    readonly nint bias;
    bool disposed;

    OneDnnLinear(StackedWeights weights, nint packed, int threads) : base(weights.Columns, weights.Rows, DataType.BFloat16)
    {
        weight = packed;
        Bytes = weights.Bytes;
        Threads = Bytes <= SmallBytes ? 1 : threads;
        if (weights.Bias is not { } values) return;
        biasData = new NativeBuffer(values.Length * sizeof(ushort));
        for (var i = 0; i < values.Length; i++) BFloat16Element.Set(biasData.Data, i, values[i]);
        bias = AtenShim.FromBlob(biasData.Data, values.Length);
    }

    public override long Bytes { get; }

    /// <summary>The same for every number of rows: with other threads oneDNN may sum in another order.</summary>
    public int Threads { get; }

    /// <summary>Null where oneDNN has no packed bfloat16 (processors without AVX-512).</summary>
    public static OneDnnLinear? TryCreate(StackedWeights weights, int threads)
    {
        var plain = AtenShim.FromBlob(weights.Data, weights.Rows, weights.Columns);
        var packed = AtenShim.ReorderLinearWeight(plain, BatchHint);
        AtenShim.Delete(plain);
        return packed == 0 ? null : new OneDnnLinear(weights, packed, threads);
    }

    internal override void Forward(Team team, Activations x, int rows, Activations y)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        team.SetLibraryThreads(Threads);
        if (rows <= RowCounts.Largest)
        {
            y.Adopt(Multiply(x, 0, RowCounts.Padded(rows), rows));
            return;
        }
        var destination = (byte*)y.Overwrite();
        for (var first = 0; first < rows; first += RowCounts.Largest)
        {
            var part = Math.Min(rows - first, RowCounts.Largest);
            var result = Multiply(x, first, RowCounts.Padded(part), rows);
            Buffer.MemoryCopy(AtenShim.DataPointer(result), destination + first * y.RowBytes, part * y.RowBytes, part * y.RowBytes);
            AtenShim.Delete(result);
        }
    }

    nint Multiply(Activations x, int first, int padded, int rows)
    {
        if (first + padded > rows) x.MoveToBuffer(rows);
        var input = x.Input(first, padded, out var owned);
        var result = AtenShim.Linear(input, weight, bias);
        if (owned) AtenShim.Delete(input);
        return result;
    }

    public override void Dispose()
    {
        if (disposed) return;
        disposed = true;
        AtenShim.Delete(weight);
        AtenShim.Delete(bias);
        biasData?.Dispose();
    }
}
