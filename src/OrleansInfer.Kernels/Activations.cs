namespace OrleansInfer.Kernels;

/// <summary>Rows of a matrix in native memory, row-major without gaps, 64-byte aligned; the memory is taken once.</summary>
public sealed unsafe class Activations : IDisposable
{
    const int Overrun = 64; // integer kernels read whole groups of columns and multiply what is behind a row by zeros

    readonly NativeBuffer buffer;
    readonly NativeBuffer? scales;

    /// <summary>Zeroed rows [<paramref name="maxRows"/>, <paramref name="columns"/>].</summary>
    public Activations(int maxRows, int columns, DataType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        MaxRows = maxRows;
        Columns = columns;
        Type = type;
        // a linear pads its rows up to one of a few counts: the rows behind the last belong to the buffer
        buffer = new NativeBuffer(RowCounts.Capacity(maxRows) * RowBytes + Overrun);
        if (type.IsInteger) scales = new NativeBuffer((long)RowCounts.Capacity(maxRows) * sizeof(float));
    }

    /// <summary>How many rows there is room for.</summary>
    public int MaxRows { get; }

    /// <summary>Elements of a row.</summary>
    public int Columns { get; }

    /// <summary>The type of an element.</summary>
    public DataType Type { get; }

    /// <summary>The first row.</summary>
    public void* Data => buffer.Data;

    internal long RowBytes => (long)Columns * Type.Size;

    /// <summary>Of integers: what one is worth in each row [MaxRows].  A byte's zero is 128.</summary>
    internal float* Scales => scales is null ? null : (float*)scales.Data;

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
        buffer.Dispose();
        scales?.Dispose();
    }

    void CheckRow(int row, DataType type)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)MaxRows, nameof(row));
        if (Type != type) throw new InvalidOperationException($"The activations are {Type}, not {type}.");
    }
}
