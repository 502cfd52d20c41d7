namespace OrleansInfer.Kernels;

/// <summary>Matrices of a checkpoint stacked along their rows, converted, each row padded with zeros to <see cref="Stride"/>.</summary>
internal sealed unsafe class StackedWeights : IDisposable
{
    readonly NativeBuffer data;

    public StackedWeights(ReadOnlySpan<WeightView> parts, DataType type, int multiple)
    {
        if (parts.IsEmpty) throw new ArgumentException("A linear needs at least one matrix.", nameof(parts));
        Columns = parts[0].Columns;
        foreach (var part in parts)
        {
            if (part.Data == 0 || part.Rows <= 0 || part.Columns <= 0) throw new ArgumentException("A matrix is empty.", nameof(parts));
            if (part.Columns != Columns) throw new ArgumentException($"{part.Columns} columns cannot be stacked on {Columns}.");
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
            for (long row = 0; row < part.Rows; row++, at += Stride) CopyRow(part, row * Columns, at, line);
        }
    }

    void CopyRow(WeightView part, long from, long to, float[] line)
    {
        if (Type == DataType.Float32)
        {
            WeightView.ToFloat(part.Data, part.Type, from, new Span<float>((float*)Data + to, Columns));
        }
        else if (part.Type == WeightType.BF16)
        {
            new ReadOnlySpan<ushort>((ushort*)part.Data + from, Columns).CopyTo(new Span<ushort>((ushort*)Data + to, Columns));
        }
        else
        {
            WeightView.ToFloat(part.Data, part.Type, from, line);
            for (var i = 0; i < line.Length; i++) BFloat16Element.Set((ushort*)Data + to, i, line[i]);
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
