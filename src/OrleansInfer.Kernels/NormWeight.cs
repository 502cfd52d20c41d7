namespace OrleansInfer.Kernels;

/// <summary>The gains of an RMSNorm, as floats.</summary>
public sealed class NormWeight
{
    /// <summary>Takes a copy of <paramref name="values"/>.</summary>
    public NormWeight(ReadOnlySpan<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Length);
        Values = values.ToArray();
    }

    /// <summary>Takes a copy of a checkpoint's vector, stored as one row or as one column.</summary>
    public NormWeight(WeightView weight)
    {
        ArgumentOutOfRangeException.ThrowIfZero(weight.Data, nameof(weight));
        Values = new float[checked(weight.Rows * weight.Columns)];
        ArgumentOutOfRangeException.ThrowIfZero(Values.Length, nameof(weight));
        WeightView.ToFloat(weight.Data, weight.Type, 0, Values);
    }

    /// <summary>How many.</summary>
    public int Length => Values.Length;

    internal float[] Values { get; }
}
