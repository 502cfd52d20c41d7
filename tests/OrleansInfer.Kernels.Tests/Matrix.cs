namespace OrleansInfer.Kernels.Tests;

/// <summary>A matrix of seeded random numbers in native memory, as a checkpoint would hold it.</summary>
internal sealed unsafe class Matrix : IDisposable
{
    readonly NativeBuffer buffer;

    public Matrix(int rows, int columns, WeightType type, int seed, float scale = 1)
    {
        (Rows, Columns, Type) = (rows, columns, type);
        buffer = new NativeBuffer((long)rows * columns * WeightView.SizeOf(type));
        Values = new float[rows * columns];
        var random = new Random(seed);
        for (var i = 0; i < Values.Length; i++) Set(i, (2 * random.NextSingle() - 1) * scale);
    }

    public int Rows { get; }

    public int Columns { get; }

    public WeightType Type { get; }

    /// <summary>The values as they are stored.</summary>
    public float[] Values { get; }

    public WeightView View => new((nint)buffer.Data, Type, Rows, Columns);

    public void Dispose() => buffer.Dispose();

    void Set(int i, float value)
    {
        switch (Type)
        {
            case WeightType.F32:
                ((float*)buffer.Data)[i] = Values[i] = value;
                break;
            case WeightType.F16:
                ((Half*)buffer.Data)[i] = (Half)value;
                Values[i] = (float)(Half)value;
                break;
            default:
                ((ushort*)buffer.Data)[i] = BFloat16Element.FromFloat(value);
                Values[i] = BFloat16Element.ToFloat(((ushort*)buffer.Data)[i]);
                break;
        }
    }
}
