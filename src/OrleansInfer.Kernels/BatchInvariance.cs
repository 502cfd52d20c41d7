namespace OrleansInfer.Kernels;

/// <summary>
/// The self-test behind exact recovery: is a row's result the same bits alone, in any batch and at any place in it?  It is run on the
/// weights, threads and processor in use, because libtorch promises nothing of the kind.
/// </summary>
internal static unsafe class BatchInvariance
{
    const int Rows = 16;

    /// <summary>True when a row's result is the same with every one of these row counts and at every place.</summary>
    public static bool Holds(Team team, OneDnnLinear linear, int[] counts)
    {
        linear.Counts = counts;
        using var rows = new Activations(Rows, linear.InFeatures, linear.Type);
        using var x = new Activations(counts[^1], linear.InFeatures, linear.Type);
        using var y = new Activations(counts[^1], linear.OutFeatures, linear.Type);
        var alone = new ushort[Rows][];
        for (var row = 0; row < Rows; row++)
        {
            Fill(rows, row);
            rows.BFloat16Row(row).CopyTo(x.BFloat16Row(0));
            linear.Forward(team, x, 1, y);
            alone[row] = y.BFloat16Row(0).ToArray();
        }
        foreach (var count in counts)
        {
            for (var i = 0; i < count; i++) rows.BFloat16Row(Source(i, count)).CopyTo(x.BFloat16Row(i));
            linear.Forward(team, x, count, y);
            for (var i = 0; i < count; i++)
            {
                if (!y.BFloat16Row(i).SequenceEqual(alone[Source(i, count)])) return false;
            }
        }
        return true;
    }

    /// <summary>Goes on with an FNV-1a checksum by what the linear makes of one row.</summary>
    public static uint Checksum(Team team, Linear linear, uint checksum)
    {
        using var x = new Activations(1, linear.InFeatures, linear.Type);
        using var y = new Activations(1, linear.OutFeatures, linear.Type);
        Fill(x, 0);
        linear.Forward(team, x, 1, y);
        foreach (var value in new ReadOnlySpan<byte>(y.Data, (int)y.RowBytes)) checksum = (checksum ^ value) * 16777619;
        return checksum;
    }

    static int Source(int place, int count) => (place * 7 + count) % Rows;

    /// <summary>Row <paramref name="row"/> of a fixed matrix of values between -1 and 1.</summary>
    static void Fill(Activations x, int row)
    {
        var random = new Random(row);
        for (var i = 0; i < x.Columns; i++)
        {
            var value = 2 * random.NextSingle() - 1;
            if (x.Type == DataType.Float32) x.FloatRow(row)[i] = value;
            else x.BFloat16Row(row)[i] = BFloat16Element.FromFloat(value);
        }
    }
}
