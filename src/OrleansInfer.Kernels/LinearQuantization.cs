namespace OrleansInfer.Kernels;

/// <summary>How a linear's weights are held in integers: weight = scale * (q - zero point).</summary>
/// <param name="Bits">4 or 8.</param>
/// <param name="GroupSize">Columns of a row that share a scale (and a zero point); 0: the whole row.  The last group may be
/// shorter.</param>
/// <param name="Symmetric">True: no zero points.</param>
/// <param name="DynamicActivations">
/// True: x is quantized too, each token to 8 bits with a scale of its own, and products are summed in integers.  False: weight-only; x
/// keeps 16 bits.
/// </param>
public sealed record LinearQuantization(int Bits, int GroupSize, bool Symmetric, bool DynamicActivations)
{
    /// <summary>8 bits, a scale a row, 8-bit activations (W8A8): the fastest for many rows.</summary>
    public static LinearQuantization Int8 { get; } = new(8, 0, Symmetric: true, DynamicActivations: true);

    /// <summary>8 bits, a scale a row (W8A16).</summary>
    public static LinearQuantization Int8WeightOnly { get; } = new(8, 0, Symmetric: true, DynamicActivations: false);

    /// <summary>4 bits in groups (W4A16): the fastest for one row.</summary>
    public static LinearQuantization Int4(int groupSize = 32, bool symmetric = true) =>
        new(4, groupSize, symmetric, DynamicActivations: false);

    /// <summary>Least integer of a weight, and of a zero point.</summary>
    public int Least => -(1 << (Bits - 1));

    /// <summary>Largest integer of a weight, and of a zero point.</summary>
    public int Largest => (1 << (Bits - 1)) - 1;

    /// <summary>The type of x that a linear of this kind multiplies.</summary>
    public DataType InputType => DynamicActivations ? DataType.Int8 : DataType.Int16;

    /// <summary>Groups in a row.</summary>
    public int GroupsOf(int columns) => (columns + GroupColumns(columns) - 1) / GroupColumns(columns);

    /// <summary>Columns of a group in a row of so many.</summary>
    public int GroupColumns(int columns) => GroupSize == 0 ? columns : GroupSize;
}
