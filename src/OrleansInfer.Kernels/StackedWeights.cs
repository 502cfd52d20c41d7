namespace OrleansInfer.Kernels;

/// <summary>Several matrices of a checkpoint as one, stacked along their rows, converted, each row padded with zeros to <see cref="Stride"/>.</summary>
internal sealed unsafe class StackedWeights : IDisposable
{
    readonly NativeBuffer data;

    public StackedWeights(ReadOnlySpan<WeightView> parts, DataType type, int multiple)
    {
        if (parts.IsEmpty) throw new ArgumentException("A linear needs at least one matrix.", nameof(parts));
        Columns = parts[0].Columns;
        foreach (var part in parts)
        {
            if (part.Columns != Columns) throw new ArgumentException($"Matrices of {Columns} and {part.Columns} columns cannot be stacked.", nameof(parts));
            if (part.Data == 0 || part.Rows <= 0 || part.Columns <= 0) throw new ArgumentException("A matrix is empty.", nameof(parts));
            Rows += part.Rows;
        }
        Stride = (Columns + multiple - 1) / multiple * multiple;
        Type = type;
        data = new NativeBuffer((long)Rows * Stride * (type == DataType.Float32 ? sizeof(float) : sizeof(ushort)));
        Bias = Biases(parts, Rows);
        Copy(parts);
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Stride { get; }

    public DataType Type { get; }

    public float[]? Bias { get; }

    public byte* Data => data.Data;

    public long Bytes => data.Bytes;

    public void Dispose() => data.Dispose();

    void Copy(ReadOnlySpan<WeightView> parts)
    {
        var line = new float[Columns];
        long at = 0;
        foreach (var part in parts)
        {
            for (long row = 0; row < part.Rows; row++, at += Stride)
            {
                WeightView.ToFloat(part.Data, part.Type, row * Columns, line);
                for (var i = 0; i < line.Length; i++)
                {
                    if (Type == DataType.Float32) ((float*)Data)[at + i] = line[i];
                    else ((ushort*)Data)[at + i] = BFloat16Element.FromFloat(line[i]);
                }
            }
        }
    }

    static float[]? Biases(ReadOnlySpan<WeightView> parts, int rows)
    {
        var bias = new float[rows];
        var (at, any) = (0, false);
        foreach (var part in parts)
        {
            if (part.Bias != 0) WeightView.ToFloat(part.Bias, part.BiasType, 0, bias.AsSpan(at, part.Rows));
            any |= part.Bias != 0;
            at += part.Rows;
        }
        return any ? bias : null;
    }
}
