namespace OrleansInfer.Kernels.Tests;

public sealed class BatchInvarianceTests : IDisposable
{
    readonly Team team = new(2);

    public void Dispose() => team.Dispose();

    [Fact]
    public void A_linear_whose_rows_depend_on_the_count_is_found_out()
    {
        using var steady = new Wavering(_ => 0);
        using var wavering = new Wavering(rows => rows == 96 ? 1 : 0);

        Assert.True(BatchInvariance.Holds(team, steady));
        Assert.False(BatchInvariance.Holds(team, wavering));
    }

    [Fact]
    public void The_test_shows_another_order_of_sums_in_nearly_every_result()
    {
        const int Features = 192;
        using var stacked = BatchInvariance.Weights(Features, 100);
        using var linear = new Ordered(stacked, backwards: false);
        using var other = new Ordered(stacked, backwards: true);

        Assert.NotEqual(BatchInvariance.Checksum(team, linear, 0), BatchInvariance.Checksum(team, other, 0));
        Assert.InRange(linear.Results.Zip(other.Results).Count(pair => pair.First != pair.Second), 90, 100);
    }

    [Fact]
    public void What_stands_behind_the_last_row_is_no_part_of_a_result()
    {
        using var kernels = CpuKernels.Create(2);
        using var weight = new Matrix(64, 64, WeightType.BF16, seed: 1);
        using var linear = kernels.CreateLinear([weight.View], DataType.BFloat16);
        using var x = Rows.Random(24, 64, DataType.BFloat16, seed: 2);
        using var y = new Activations(24, 64, DataType.BFloat16);
        kernels.Forward(linear, x, 17, y);
        var expected = Enumerable.Range(0, 17).Select(y.Bits).ToArray();

        for (var row = 17; row < 24; row++) x.BFloat16Row(row).Fill(0x7fc0); // NaN, in the rows that pad 17 to 24
        kernels.Forward(linear, x, 17, y);

        Assert.Equal(expected, Enumerable.Range(0, 17).Select(y.Bits));
    }

    /// <summary>Copies its input, plus a number that depends on how many rows there are.</summary>
    sealed class Wavering(Func<int, float> offset) : Linear(8, 8, DataType.BFloat16)
    {
        public override long Bytes => 0;

        public override void Dispose()
        {
        }

        internal override void Forward(Team team, Activations x, int rows, Activations y)
        {
            for (var row = 0; row < rows; row++)
            {
                for (var i = 0; i < x.Columns; i++) y.Set(row, i, x.Get(row, i) + offset(rows));
            }
        }
    }

    /// <summary>Sums in float from the first column to the last, or from the last to the first.</summary>
    sealed unsafe class Ordered(StackedWeights weights, bool backwards) : Linear(weights.Columns, weights.Rows, DataType.BFloat16)
    {
        public List<float> Results { get; } = [];

        public override long Bytes => 0;

        public override void Dispose()
        {
        }

        internal override void Forward(Team team, Activations x, int rows, Activations y)
        {
            for (var output = 0; output < OutFeatures; output++)
            {
                var sum = 0f;
                for (var k = 0; k < InFeatures; k++)
                {
                    var column = backwards ? InFeatures - 1 - k : k;
                    sum += x.Get(0, column) * BFloat16Element.Get(weights.Data, (nint)output * weights.Stride + column);
                }
                y.Set(0, output, sum);
                Results.Add(y.Get(0, output));
            }
        }
    }
}
