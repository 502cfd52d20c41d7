namespace OrleansInfer.Kernels;

/// <summary>
/// The integers of one matrix before a kernel packs them; 4-bit values take a byte each here.  Formats with unsigned numbers subtract 8
/// (128) from values and from zero points.
/// </summary>
public sealed unsafe class QuantizedMatrix : IDisposable
{
    const int WeightsAtOnce = 1 << 18;

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
        var size = Quantization.GroupColumns(Columns);
        for (var i = 0; i < q.Length; i++) destination[i] = scale[i / size] * (q[i] - (zero.IsEmpty ? 0 : zero[i / size]));
    }

    /// <summary>The matrix, each group rounded to the nearest integers of its scale, on all cores; scales are bfloat16 numbers.</summary>
    public static QuantizedMatrix Quantize(WeightView weight, LinearQuantization quantization)
    {
        var matrix = new QuantizedMatrix(weight.Rows, weight.Columns, quantization);
        var rowsAtOnce = Math.Max(1, WeightsAtOnce / weight.Columns);
        Parallel.For(0, (weight.Rows + rowsAtOnce - 1) / rowsAtOnce, part =>
        {
            var line = new float[weight.Columns];
            for (var row = part * rowsAtOnce; row < Math.Min(weight.Rows, (part + 1) * rowsAtOnce); row++)
            {
                WeightView.ToFloat(weight.Data, weight.Type, (long)row * weight.Columns, line);
                WeightRounding.Row(line, quantization, matrix.Values(row), matrix.Scales(row), matrix.ZeroPoints(row));
            }
        });
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

    long Offset(int row, int width)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return (long)row * width;
    }
}
