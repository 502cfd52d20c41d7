namespace OrleansInfer.Kernels;

/// <summary>
/// The integers of one matrix before a kernel packs them; 4-bit values take a byte each here.  Formats with unsigned numbers subtract 8
/// (128) from values and from zero points.
/// </summary>
public sealed unsafe class QuantizedMatrix : IDisposable
{
    readonly NativeBuffer values; // [rows, columns]
    readonly NativeBuffer scales; // [rows, groups]
    readonly NativeBuffer? zeroPoints; // [rows, groups]

    /// <summary>A matrix of zeros.</summary>
    /// <exception cref="ArgumentException">The quantization is none that linears have.</exception>
    public QuantizedMatrix(int rows, int columns, LinearQuantization quantization)
    {
        ArgumentNullException.ThrowIfNull(quantization);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (quantization.Bits is not (4 or 8)) throw new ArgumentException($"Weights of {quantization.Bits} bits; 4 and 8 are supported.");
        if (quantization.GroupSize < 0 || quantization.GroupSize % 8 != 0)
            throw new ArgumentException($"Groups of {quantization.GroupSize} columns; a multiple of 8 is needed, or 0 for the whole row.");
        if (quantization.DynamicActivations && quantization != LinearQuantization.Int8)
            throw new ArgumentException("8-bit activations need symmetric 8-bit weights with one scale a row.");
        (Rows, Columns, Quantization) = (rows, columns, quantization);
        Groups = quantization.GroupsOf(columns);
        values = new NativeBuffer((long)rows * columns);
        scales = new NativeBuffer((long)rows * Groups * sizeof(float));
        if (!quantization.Symmetric) zeroPoints = new NativeBuffer((long)rows * Groups);
    }

    /// <summary>Outputs of the linear.</summary>
    public int Rows { get; }

    /// <summary>Inputs of the linear.</summary>
    public int Columns { get; }

    /// <summary>What the integers mean.</summary>
    public LinearQuantization Quantization { get; }

    /// <summary>Groups in a row.</summary>
    public int Groups { get; }

    /// <summary>One element a row, or null.</summary>
    public float[]? Bias { get; set; }

    /// <summary>The integers of a row [Columns].</summary>
    public Span<sbyte> Values(int row) => new((sbyte*)values.Data + Offset(row, Columns), Columns);

    /// <summary>The scales of a row [Groups].</summary>
    public Span<float> Scales(int row) => new((float*)scales.Data + Offset(row, Groups), Groups);

    /// <summary>The zero points of a row [Groups]; empty when symmetric.</summary>
    public Span<sbyte> ZeroPoints(int row) =>
        zeroPoints is null ? [] : new Span<sbyte>((sbyte*)zeroPoints.Data + Offset(row, Groups), Groups);

    /// <summary>The weights of a row as floats.</summary>
    public void Dequantize(int row, Span<float> destination)
    {
        var q = Values(row);
        var scale = Scales(row);
        var zero = ZeroPoints(row);
        var size = Quantization.GroupSize == 0 ? Columns : Quantization.GroupSize;
        for (var i = 0; i < q.Length; i++) destination[i] = scale[i / size] * (q[i] - (zero.IsEmpty ? 0 : zero[i / size]));
    }

    /// <summary>The matrix, each group rounded to the nearest integers; scales are bfloat16 numbers, as checkpoints hold them.</summary>
    public static QuantizedMatrix Quantize(WeightView weight, LinearQuantization quantization)
    {
        var matrix = new QuantizedMatrix(weight.Rows, weight.Columns, quantization);
        var size = quantization.GroupSize == 0 ? weight.Columns : quantization.GroupSize;
        var line = new float[weight.Columns];
        for (var row = 0; row < weight.Rows; row++)
        {
            WeightView.ToFloat(weight.Data, weight.Type, (long)row * weight.Columns, line);
            for (var group = 0; group < matrix.Groups; group++)
            {
                var first = group * size;
                var count = Math.Min(size, weight.Columns - first);
                matrix.Round(row, group, line.AsSpan(first, count), matrix.Values(row).Slice(first, count));
            }
        }
        if (weight.Bias == 0) return matrix;
        matrix.Bias = new float[weight.Rows];
        WeightView.ToFloat(weight.Bias, weight.BiasType, 0, matrix.Bias);
        return matrix;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        values.Dispose();
        scales.Dispose();
        zeroPoints?.Dispose();
    }

    void Round(int row, int group, ReadOnlySpan<float> weights, Span<sbyte> q)
    {
        var (least, largest) = (0f, 0f);
        foreach (var w in weights) (least, largest) = (MathF.Min(least, w), MathF.Max(largest, w));
        var range = Quantization.Symmetric
            ? MathF.Max(largest, -least) / Quantization.Largest
            : (largest - least) / (Quantization.Largest - Quantization.Least);
        var scale = BFloat16Element.ToFloat(BFloat16Element.FromFloat(range));
        var inverse = scale == 0 ? 0 : 1 / scale;
        var zero = 0;
        if (!Quantization.Symmetric)
        {
            zero = Clamp(Quantization.Least - least * inverse);
            ZeroPoints(row)[group] = (sbyte)zero;
        }
        Scales(row)[group] = scale;
        for (var i = 0; i < q.Length; i++) q[i] = (sbyte)Clamp(weights[i] * inverse + zero);
    }

    int Clamp(float value) => Math.Clamp((int)MathF.Round(value), Quantization.Least, Quantization.Largest);

    long Offset(int row, int width)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return (long)row * width;
    }
}
