namespace OrleansInfer.Kernels;

/// <summary>
/// The self-test of oneDNN's integer linear: are its sums those of the kernel written here, for every row count that linears use?  The
/// numbers are at the ends of their ranges, where a kernel that adds in 16 bits between would be found out.
/// </summary>
internal static unsafe class ExactSums
{
    const int Columns = 300;
    const int Outputs = 100;

    public static bool Hold(Team team)
    {
        using var weights = new QuantizedMatrix(Outputs, Columns, LinearQuantization.Int8);
        using var x = new Activations(RowCounts.Largest, Columns, DataType.Int8);
        using var y = new Activations(RowCounts.Largest, Outputs, DataType.Float32);
        Fill(weights, x);
        using var own = new Int8Linear([weights], threads: 1, int.MaxValue, DataType.Float32);
        using var oneDnn = new Int8Linear([weights], threads: 1, ownRows: 0, DataType.Float32);
        if (!oneDnn.UsesOneDnn) return false;
        own.Forward(team, x, RowCounts.Largest, y);
        var expected = new ReadOnlySpan<float>(y.Data, RowCounts.Largest * Outputs).ToArray();
        foreach (var rows in RowCounts.All)
        {
            oneDnn.Forward(team, x, rows, y);
            if (!new ReadOnlySpan<float>(y.Data, rows * Outputs).SequenceEqual(expected.AsSpan(0, rows * Outputs))) return false;
        }
        return true;
    }

    static void Fill(QuantizedMatrix weights, Activations x)
    {
        var random = new Random(1);
        for (var row = 0; row < Outputs; row++)
        {
            weights.Scales(row)[0] = 1;
            var end = row % 2 == 0 ? sbyte.MaxValue : sbyte.MinValue;
            foreach (ref var value in weights.Values(row)) value = random.Next(4) == 0 ? (sbyte)random.Next(-128, 128) : end;
        }
        var bytes = new Span<byte>(x.Data, RowCounts.Largest * Columns);
        foreach (ref var value in bytes) value = (byte)(random.Next(4) == 0 ? random.Next(256) : 255);
        new Span<float>(x.Scales, RowCounts.Largest).Fill(1);
    }
}
