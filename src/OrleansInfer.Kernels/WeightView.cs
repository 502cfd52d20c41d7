namespace OrleansInfer.Kernels;

/// <summary>
/// A matrix [<paramref name="Rows"/>, <paramref name="Columns"/>], row-major, in memory that the caller owns (a mapped checkpoint, say).
/// <paramref name="Bias"/> is the address of one element a row, or 0.
/// </summary>
public readonly unsafe record struct WeightView(nint Data, WeightType Type, int Rows, int Columns, nint Bias = 0)
{
    /// <summary>The element type of the bias; that of the matrix unless set.</summary>
    public WeightType BiasType { get; init; } = Type;

    /// <summary>Bytes of the matrix.</summary>
    public long Bytes => (long)Rows * Columns * SizeOf(Type);

    /// <summary>The elements from <paramref name="start"/> on, row by row, as floats: exact for each of the three types.</summary>
    public void Read(long start, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + destination.Length, (long)Rows * Columns, nameof(destination));
        ToFloat(Data, Type, start, destination);
    }

    internal static int SizeOf(WeightType type) => type == WeightType.F32 ? 4 : 2;

    /// <summary>The elements from <paramref name="start"/> on, as floats: exact for each of the three types.</summary>
    internal static void ToFloat(nint data, WeightType type, long start, Span<float> destination)
    {
        switch (type)
        {
            case WeightType.F32:
                new ReadOnlySpan<float>((float*)data + start, destination.Length).CopyTo(destination);
                break;
            case WeightType.F16:
                var halves = (Half*)data + start;
                for (var i = 0; i < destination.Length; i++) destination[i] = (float)halves[i];
                break;
            default:
                fixed (float* to = destination) Conversion.ToFloat(DataType.BFloat16, (void*)data, (nint)start, to, destination.Length);
                break;
        }
    }
}
