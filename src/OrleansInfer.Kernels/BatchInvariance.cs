namespace OrleansInfer.Kernels;

/// <summary>
/// The self-test behind exact recovery: is a row's result the same bits alone, in any batch and at any place in it?  It is run on the
/// shapes, threads and processor in use, because libtorch promises nothing of the kind.
/// <para>
/// A sum in another order mostly rounds to the same bfloat16, so ordinary numbers would show a difference only now and then.  Here every
/// column of the weights stands twice, at places drawn by chance, and x has the two with opposite signs: the exact results are zero, what a
/// kernel returns is its rounding errors alone, and another order of sums has others.
/// </para>
/// </summary>
internal static unsafe class BatchInvariance
{
    const int Rows = 16;
    const int WeightRows = 61; // different rows of the test's weights; a prime, so that they fall differently on a kernel's blocks

    /// <summary>True when a row's result is the same with every row count that linears use and at every place.</summary>
    public static bool Holds(Team team, Linear linear)
    {
        using var rows = Inputs(linear.InFeatures);
        using var x = new Activations(RowCounts.Largest, linear.InFeatures, DataType.BFloat16);
        using var y = new Activations(RowCounts.Largest, linear.OutFeatures, DataType.BFloat16);
        var alone = new ushort[Rows][];
        for (var row = 0; row < Rows; row++)
        {
            rows.BFloat16Row(row).CopyTo(x.BFloat16Row(0));
            linear.Forward(team, x, 1, y);
            alone[row] = y.BFloat16Row(0).ToArray();
        }
        foreach (var count in RowCounts.All)
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

    /// <summary>Goes on with an FNV-1a checksum by what the linear makes of one of the test's rows.</summary>
    public static uint Checksum(Team team, Linear linear, uint checksum)
    {
        using var rows = Inputs(linear.InFeatures);
        using var x = new Activations(1, linear.InFeatures, linear.InputType);
        using var y = new Activations(1, linear.OutFeatures, linear.Type);
        var values = new float[linear.InFeatures];
        WeightView.ToFloat((nint)rows.Data, WeightType.BF16, 0, values);
        if (x.Type == DataType.BFloat16) rows.BFloat16Row(0).CopyTo(x.BFloat16Row(0));
        else if (x.Type == DataType.Float32) values.CopyTo(x.FloatRow(0));
        else fixed (float* from = values) RowQuantizer.Row(from, values.Length, x.Type, x.Data, x.Scales, 0);
        linear.Forward(team, x, 1, y);
        foreach (var value in new ReadOnlySpan<byte>(y.Data, (int)y.RowBytes)) checksum = (checksum ^ value) * 16777619;
        return checksum;
    }

    /// <summary>Weights [outFeatures, inFeatures] whose columns stand twice.</summary>
    public static StackedWeights Weights(int inFeatures, int outFeatures)
    {
        using var data = new NativeBuffer((long)outFeatures * inFeatures * sizeof(ushort));
        var pairs = Pairs(inFeatures);
        for (var row = 0; row < outFeatures; row++)
        {
            if (row < WeightRows) Fill(Line(row), pairs, Rows + row, sign: 0);
            else Line(row % WeightRows).CopyTo(Line(row));
        }
        return new StackedWeights([new WeightView((nint)data.Data, WeightType.BF16, outFeatures, inFeatures)], DataType.BFloat16, 1);

        Span<ushort> Line(int row) => new((ushort*)data.Data + (long)row * inFeatures, inFeatures);
    }

    static Activations Inputs(int inFeatures)
    {
        var rows = new Activations(Rows, inFeatures, DataType.BFloat16);
        var pairs = Pairs(inFeatures);
        for (var row = 0; row < Rows; row++) Fill(rows.BFloat16Row(row), pairs, row, sign: 0x8000);
        return rows;
    }

    static int Source(int place, int count) => (place * 7 + count) % Rows;

    static int[] Pairs(int columns)
    {
        var places = new int[columns];
        for (var i = 0; i < columns; i++) places[i] = i;
        new Random(columns).Shuffle(places);
        return places;
    }

    /// <summary>Numbers of many magnitudes, for sums of like ones would be exact; the second of a pair has its sign changed.</summary>
    static void Fill(Span<ushort> line, int[] pairs, int seed, ushort sign)
    {
        var random = new Random(seed);
        for (var i = 0; i + 1 < line.Length; i += 2)
        {
            var value = BFloat16Element.FromFloat((2 * random.NextSingle() - 1) * MathF.ScaleB(1, random.Next(-6, 7)));
            line[pairs[i]] = value;
            line[pairs[i + 1]] = (ushort)(value ^ sign);
        }
    }
}
