namespace OrleansInfer.Kernels;

/// <summary>
/// The arithmetic of one CPU device: its threads and its mode.  Not thread-safe: one thread at a time owns it.  Every method computes a row
/// from that row (and its sequence) alone, in an order that does not depend on what else is in the batch: same inputs, same bits.
/// </summary>
public sealed unsafe class CpuKernels : IDisposable
{
    const int RowsPerItem = 4;
    const int WorkPerElement = 8; // of the kernels that go over rows once, in multiplications

    readonly Team team;
    readonly LinearFactory linears;
    readonly PagedAttention attention = new();

    CpuKernels(int threads)
    {
        team = new Team(threads);
        linears = new LinearFactory(team);
    }

    /// <summary>Threads of every kernel.</summary>
    public int Threads => team.Threads;

    /// <summary>
    /// How this device computes, for a fingerprint: devices of the same mode that hold the same weights give the same bits.  It names the
    /// kernels in use and ends in a checksum of what they computed in the self-test, so it is final when the last linear has been made.
    /// </summary>
    public string Mode => linears.Mode;

    /// <summary>Kernels on <paramref name="threads"/> threads; 0: one for each core.</summary>
    public static CpuKernels Create(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return new CpuKernels(threads == 0 ? Environment.ProcessorCount : threads);
    }

    /// <summary>
    /// A linear of matrices [outFeatures, inFeatures] stacked along outFeatures (q, k and v in one; gate and up in one), copied and packed.
    /// Tests, for each new shape, that a row's result does not depend on its batch, and chooses the kernel by that.
    /// </summary>
    public Linear CreateLinear(ReadOnlySpan<WeightView> parts, DataType computeType) => linears.Create(parts, computeType);

    /// <summary>
    /// A linear of integer matrices stacked along outFeatures, all of one <see cref="LinearQuantization"/>; packed, so that the parts may
    /// be disposed.  Its x is of the quantization's InputType, its y of <paramref name="computeType"/>.
    /// </summary>
    public Linear CreateLinear(ReadOnlySpan<QuantizedMatrix> parts, DataType computeType) => linears.Create(parts, computeType);

    /// <summary>y[0 .. rows] = x[0 .. rows] Wᵀ + b.</summary>
    public void Forward(Linear linear, Activations x, int rows, Activations y)
    {
        ArgumentNullException.ThrowIfNull(linear);
        CheckShape(x, rows, linear.InFeatures, linear.InputType);
        CheckShape(y, rows, linear.OutFeatures, linear.Type);
        if (ReferenceEquals(x, y)) throw new ArgumentException("A linear cannot write over its input.", nameof(y));
        if (rows == 0) return;
        linear.Forward(team, x, rows, y);
        GC.KeepAlive(linear); // here and below: the kernels know addresses only
        GC.KeepAlive(x);
        GC.KeepAlive(y);
    }

    /// <summary>
    /// The table of a checkpoint's embedding.  Nothing is copied: <paramref name="weight"/>'s memory has to outlive the table, and rows are
    /// read as they are stored, the residual stream being Float32.
    /// </summary>
    public EmbeddingTable CreateEmbedding(WeightView weight)
    {
        var empty = weight.Data == 0 || weight.Rows <= 0 || weight.Columns <= 0;
        if (empty) throw new ArgumentException("The embedding is empty.", nameof(weight));
        return new EmbeddingTable(weight);
    }

    /// <summary>hidden[i] = the row of tokenIds[i]; hidden is Float32.  A token outside the table is an error.</summary>
    public void Embed(EmbeddingTable table, ReadOnlySpan<int> tokenIds, Activations hidden)
    {
        ArgumentNullException.ThrowIfNull(table);
        CheckShape(hidden, tokenIds.Length, table.Columns, DataType.Float32);
        var rows = (float*)hidden.Data;
        for (var i = 0; i < tokenIds.Length; i++) table.Read(tokenIds[i], new Span<float>(rows + (nint)i * table.Columns, table.Columns));
    }

    /// <summary>y[i] = RMSNorm(hidden[rows[i]]) for the first <paramref name="n"/> of <paramref name="rows"/>; empty: hidden[i].</summary>
    public void RmsNorm(Activations hidden, ReadOnlySpan<int> rows, int n, NormWeight weight, float eps, Activations y)
    {
        ArgumentNullException.ThrowIfNull(weight);
        CheckShape(hidden, rows.IsEmpty ? n : 0, weight.Length, DataType.Float32);
        CheckShape(y, n, weight.Length);
        if (!rows.IsEmpty && rows.Length < n) throw new ArgumentException($"{n} rows asked for, {rows.Length} named.", nameof(rows));
        foreach (var row in rows) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)hidden.MaxRows, nameof(rows));
        fixed (int* gather = rows) Norm(hidden, null, gather, n, weight, eps, y);
    }

    /// <summary>hidden += delta, in place, then y = RMSNorm(hidden).  hidden is Float32: the residual stream keeps its precision.</summary>
    public void AddRmsNorm(Activations hidden, Activations delta, int rows, NormWeight weight, float eps, Activations y)
    {
        ArgumentNullException.ThrowIfNull(weight);
        CheckShape(hidden, rows, weight.Length, DataType.Float32);
        CheckShape(delta, rows, weight.Length);
        CheckShape(y, rows, weight.Length);
        if (ReferenceEquals(delta, y)) throw new ArgumentException("The norm cannot write over what it adds.", nameof(y));
        Norm(hidden, delta, null, rows, weight, eps, y);
    }

    /// <summary>hidden += delta, in place; hidden is Float32.</summary>
    public void Add(Activations hidden, Activations delta, int rows)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        CheckShape(hidden, rows, hidden.Columns, DataType.Float32);
        CheckShape(delta, rows, hidden.Columns);
        Norm(hidden, delta, null, rows, null, 0, null);
    }

    /// <summary>y[i] = the integers and the scale of x[i]; y is Int8 or Int16.  Norms and SiluMul do it in their own pass.</summary>
    public void Quantize(Activations x, int rows, Activations y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        CheckShape(x, rows, y.Columns);
        CheckShape(y, rows, y.Columns);
        if (x.Type.IsInteger || !y.Type.IsInteger) throw new ArgumentException($"{x.Type} is not quantized to {y.Type}.");
        var job = new RowQuantizer.Job
        {
            Source = x.Data, SourceType = x.Type, Y = y.Data, Scales = y.Scales, Type = y.Type, Lines = Lines(y), Columns = y.Columns,
        };
        team.Run(&RowQuantizer.Item, &job, rows, (long)rows * y.Columns * WorkPerElement);
        GC.KeepAlive(x);
        GC.KeepAlive(y);
    }

    /// <summary>y = silu(gate) * up of gateUp [rows, 2 * columns of y], the gate first.</summary>
    public void SiluMul(Activations gateUp, int rows, Activations y)
    {
        ArgumentNullException.ThrowIfNull(y);
        CheckShape(y, rows, y.Columns);
        CheckShape(gateUp, rows, 2 * y.Columns, y.Type.IsInteger ? null : y.Type);
        var job = new SiluMulKernel.Job
        {
            GateUp = gateUp.Data,
            Type = gateUp.Type,
            Y = y.Data,
            YType = y.Type,
            YScales = y.Scales,
            Lines = Lines(y),
            Columns = y.Columns,
            Rows = rows,
            RowsPerItem = RowsPerItem,
        };
        Run(&SiluMulKernel.Item, &job, rows, y.Columns);
        GC.KeepAlive(gateUp);
        GC.KeepAlive(y);
    }

    /// <summary>
    /// Rotates q and k of qkv [rows, (heads + 2 * kvHeads) * headDim] to <paramref name="positions"/>, after their norms if there are any;
    /// q stays in place, k and v go to the pages of <paramref name="layer"/> that the sequences' block tables name.
    /// </summary>
    public void RotateAndCache(
        Activations qkv,
        int rows,
        ReadOnlySpan<AttentionSequence> sequences,
        ReadOnlySpan<int> positions,
        RotaryTable rotary,
        QkNorm? norms,
        KvCache cache,
        int layer)
    {
        CheckAttention(qkv, rows, sequences, cache, layer);
        ArgumentNullException.ThrowIfNull(rotary);
        var headDim = cache.HeadDim;
        if (rotary.HeadDim != headDim) throw new ArgumentException($"The rotary table is for heads of {rotary.HeadDim}, not {headDim}.");
        if (norms is not null && (norms.Query.Length != headDim || norms.Key.Length != headDim))
        {
            throw new ArgumentException($"Norms of {norms.Query.Length} and {norms.Key.Length} elements do not fit a head of {headDim}.");
        }
        attention.RotateAndCache(team, qkv, rows, sequences, positions, rotary, norms, cache, layer);
        GC.KeepAlive(qkv);
        GC.KeepAlive(cache);
    }

    /// <summary>
    /// y [rows, heads * headDim] = softmax(scale * q kᵀ) v, each row over the keys of its sequence up to its own position, which
    /// <see cref="RotateAndCache"/> has put into the pages.  Heads of q share the heads of k and v in equal groups.
    /// </summary>
    public void Attention(Activations qkv, ReadOnlySpan<AttentionSequence> sequences, KvCache cache, int layer, float scale, Activations y)
    {
        ArgumentNullException.ThrowIfNull(qkv);
        ArgumentNullException.ThrowIfNull(y);
        CheckAttention(qkv, Math.Min(qkv.MaxRows, y.MaxRows), sequences, cache, layer);
        CheckShape(y, 0, qkv.Columns - 2 * cache.KvHeads * cache.HeadDim, qkv.Type);
        attention.Attend(team, qkv, sequences, cache, layer, scale, y);
        GC.KeepAlive(qkv);
        GC.KeepAlive(cache);
        GC.KeepAlive(y);
    }

    /// <summary>The first <paramref name="rows"/> rows as floats, one behind the other.</summary>
    public void ToFloat(Activations x, int rows, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(x);
        CheckShape(x, rows, x.Columns);
        var count = (long)rows * x.Columns;
        if (x.Type.IsInteger) throw new ArgumentException($"{x.Type} activations stay with the linear that they are for.", nameof(x));
        if (destination.Length < count) throw new ArgumentException($"{count} elements do not fit into {destination.Length}.");
        fixed (float* to = destination)
        {
            var job = new Conversion.Job { Source = x.Data, Destination = to, Type = x.Type, Columns = x.Columns };
            team.Run(&Conversion.Item, &job, rows, count);
        }
    }

    /// <summary>Gives scratch memory back; linears, caches and activations are their owners'.</summary>
    public void Dispose()
    {
        attention.Dispose();
        team.Dispose();
    }

    static void CheckShape(Activations x, int rows, int columns, DataType? type = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        if (rows > x.MaxRows) throw new ArgumentException($"{rows} rows do not fit into activations of {x.MaxRows}.");
        if (x.Columns != columns) throw new ArgumentException($"Activations of {columns} columns are needed, these have {x.Columns}.");
        if (type is { } needed && x.Type != needed) throw new ArgumentException($"{needed} activations are needed, these are {x.Type}.");
    }

    static void CheckAttention(Activations qkv, int rows, ReadOnlySpan<AttentionSequence> sequences, KvCache cache, int layer)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)layer, (uint)cache.Layers, nameof(layer));
        ArgumentNullException.ThrowIfNull(qkv);
        CheckShape(qkv, rows, qkv.Columns);
        if (qkv.Type.IsInteger) throw new ArgumentException($"Attention computes in floats, not {qkv.Type}.", nameof(qkv));
        var heads = qkv.Columns / cache.HeadDim - 2 * cache.KvHeads;
        if (qkv.Columns % cache.HeadDim != 0 || heads <= 0 || heads % cache.KvHeads != 0)
        {
            throw new ArgumentException($"{qkv.Columns} columns are no q, k and v with {cache.KvHeads} heads of {cache.HeadDim}.");
        }
        foreach (var sequence in sequences) PagedAttention.Check(sequence, rows, cache);
    }

    void Norm(Activations hidden, Activations? delta, int* gather, int rows, NormWeight? weight, float eps, Activations? y)
    {
        fixed (float* gain = weight?.Values)
        {
            var job = new RmsNormKernel.Job
            {
                Hidden = (float*)hidden.Data,
                Delta = delta is null ? null : delta.Data,
                DeltaType = delta?.Type ?? default,
                Gather = gather,
                Gain = gain,
                Y = y is null ? null : y.Data,
                YType = y?.Type ?? default,
                YScales = y is null ? null : y.Scales,
                Lines = y is null ? null : Lines(y),
                Columns = hidden.Columns,
                Rows = rows,
                RowsPerItem = RowsPerItem,
                Eps = eps,
            };
            Run(&RmsNormKernel.Item, &job, rows, hidden.Columns);
            GC.KeepAlive(hidden);
            GC.KeepAlive(delta);
            GC.KeepAlive(y);
        }
    }

    /// <summary>Room for a row of floats a worker, where rows of y become integers once they are whole.</summary>
    float* Lines(Activations y) => y.Type.IsInteger ? (float*)team.Scratch.Take((long)team.Threads * y.Columns * sizeof(float)) : null;

    void Run(delegate*<void*, int, int, void> body, void* job, int rows, int columns) =>
        team.Run(body, job, (rows + RowsPerItem - 1) / RowsPerItem, (long)rows * columns * WorkPerElement);
}
