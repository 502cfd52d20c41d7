namespace OrleansInfer.Kernels;

/// <summary>
/// Rows of a matrix in native memory, row-major without gaps, 64-byte aligned; the memory is taken once.  A linear that libtorch computes
/// leaves its result where libtorch put it, so <see cref="Data"/> is to be read again after each <see cref="CpuKernels.Forward"/>.
/// </summary>
public sealed unsafe class Activations : IDisposable
{
    readonly NativeBuffer buffer;
    readonly nint[] inputs; // [rows]: tensor handles over the first `rows` rows of the buffer, made when first asked for
    nint adopted;
    void* adoptedData;
    bool disposed;

    /// <summary>Zeroed rows [<paramref name="maxRows"/>, <paramref name="columns"/>].</summary>
    public Activations(int maxRows, int columns, DataType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        MaxRows = maxRows;
        Columns = columns;
        Type = type;
        // a linear pads its rows up to one of a few counts, see RowCounts: the rows behind the last belong to the buffer
        var padded = RowCounts.Capacity(maxRows);
        buffer = new NativeBuffer(padded * RowBytes);
        inputs = new nint[Math.Min(padded, RowCounts.Largest) + 1];
    }

    /// <summary>How many rows there is room for.</summary>
    public int MaxRows { get; }

    /// <summary>Elements of a row.</summary>
    public int Columns { get; }

    /// <summary>The type of an element.</summary>
    public DataType Type { get; }

    /// <summary>The first row.  Valid until the next call that writes these activations.</summary>
    public void* Data => adopted != 0 ? adoptedData : buffer.Data;

    internal long RowBytes => (long)Columns * (Type == DataType.Float32 ? sizeof(float) : sizeof(ushort));

    /// <summary>A row of Float32 activations.</summary>
    public Span<float> FloatRow(int row)
    {
        CheckRow(row, DataType.Float32);
        return new Span<float>((byte*)Data + row * RowBytes, Columns);
    }

    /// <summary>The bits of a row of BFloat16 activations.</summary>
    public Span<ushort> BFloat16Row(int row)
    {
        CheckRow(row, DataType.BFloat16);
        return new Span<ushort>((byte*)Data + row * RowBytes, Columns);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        Release();
        foreach (var tensor in inputs) AtenShim.Delete(tensor);
        buffer.Dispose();
    }

    /// <summary>The own memory, to be written as a whole: what a linear left here is let go.</summary>
    internal void* Overwrite()
    {
        Release();
        return buffer.Data;
    }

    /// <summary>Takes over a tensor of at least as many rows as are in use, with its ownership.</summary>
    internal void Adopt(nint tensor)
    {
        Release();
        adoptedData = AtenShim.DataPointer(tensor);
        adopted = tensor;
    }

    /// <summary>A tensor over <paramref name="rows"/> rows from <paramref name="first"/> on; when owned the caller deletes it.</summary>
    internal nint Input(int first, int rows, out bool owned)
    {
        owned = first != 0 || adopted != 0;
        if (owned) return AtenShim.FromBlob((byte*)Data + first * RowBytes, rows, Columns);
        return inputs[rows] != 0 ? inputs[rows] : inputs[rows] = AtenShim.FromBlob(buffer.Data, rows, Columns);
    }

    /// <summary>The rows of an adopted tensor end where it ends: padding behind them needs the own memory.</summary>
    internal void MoveToBuffer(int rows)
    {
        if (adopted == 0) return;
        Buffer.MemoryCopy(adoptedData, buffer.Data, buffer.Bytes, rows * RowBytes);
        Release();
    }

    void Release()
    {
        if (adopted == 0) return;
        AtenShim.Delete(adopted);
        adopted = 0;
    }

    void CheckRow(int row, DataType type)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)MaxRows, nameof(row));
        if (Type != type) throw new InvalidOperationException($"The activations are {Type}, not {type}.");
    }
}
