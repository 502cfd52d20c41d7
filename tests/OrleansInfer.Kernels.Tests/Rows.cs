namespace OrleansInfer.Kernels.Tests;

/// <summary>Filling and reading activations element by element.</summary>
internal static unsafe partial class Rows
{
    public static Activations Random(int rows, int columns, DataType type, int seed, float scale = 1)
    {
        var x = new Activations(rows, columns, type);
        var random = new Random(seed);
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < columns; i++) x.Set(row, i, (2 * random.NextSingle() - 1) * scale);
        }
        return x;
    }

    public static void Set(this Activations x, int row, int column, float value)
    {
        if (x.Type == DataType.Float32) x.FloatRow(row)[column] = value;
        else x.BFloat16Row(row)[column] = BFloat16Element.FromFloat(value);
    }

    public static float Get(this Activations x, int row, int column) =>
        x.Type == DataType.Float32 ? x.FloatRow(row)[column] : BFloat16Element.ToFloat(x.BFloat16Row(row)[column]);

    /// <summary>The bits of a row.</summary>
    public static byte[] Bits(this Activations x, int row) =>
        new ReadOnlySpan<byte>((byte*)x.Data + row * x.RowBytes, (int)x.RowBytes).ToArray();

    public static void Copy(Activations from, int row, Activations to, int at) =>
        Buffer.MemoryCopy((byte*)from.Data + row * from.RowBytes, (byte*)to.Data + at * to.RowBytes, to.RowBytes, from.RowBytes);
}
