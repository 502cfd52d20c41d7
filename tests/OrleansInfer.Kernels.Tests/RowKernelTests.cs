namespace OrleansInfer.Kernels.Tests;

public sealed class RowKernelTests : IDisposable
{
    readonly CpuKernels kernels = CpuKernels.Create(2);

    public void Dispose() => kernels.Dispose();

    [Theory]
    [InlineData(1, 16, DataType.Float32)]
    [InlineData(5, 192, DataType.BFloat16)]
    [InlineData(70, 896, DataType.Float32)]
    [InlineData(3, 77, DataType.BFloat16)]
    [InlineData(9, 47, DataType.Float32)]
    public void Norms_as_the_reference_does(int rows, int columns, DataType type)
    {
        using var hidden = Rows.Random(rows, columns, DataType.Float32, seed: 1, scale: 3);
        using var delta = Rows.Random(rows, columns, type, seed: 2);
        using var y = new Activations(rows, columns, type);
        using var gains = new Matrix(1, columns, WeightType.BF16, seed: 3);
        var norm = new NormWeight(gains.View);
        var expected = new double[rows, columns];
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < columns; i++) expected[row, i] = hidden.Get(row, i) + delta.Get(row, i);
        }

        kernels.AddRmsNorm(hidden, delta, rows, norm, 1e-5f, y);

        for (var row = 0; row < rows; row++)
        {
            var rms = Math.Sqrt(Enumerable.Range(0, columns).Sum(i => expected[row, i] * expected[row, i]) / columns + 1e-5);
            for (var i = 0; i < columns; i++)
            {
                Rows.Near(expected[row, i], hidden.Get(row, i), DataType.Float32);
                Rows.Near(expected[row, i] / rms * gains.Values[i], y.Get(row, i), type);
            }
        }
    }

    [Theory]
    [InlineData(DataType.Float32)]
    [InlineData(DataType.BFloat16)]
    public void A_norm_is_the_same_bits_alone_gathered_or_in_a_batch(DataType type)
    {
        const int Count = 100;
        using var hidden = Rows.Random(Count, 896, DataType.Float32, seed: 1);
        using var y = new Activations(Count, 896, type);
        using var one = new Activations(1, 896, type);
        var norm = new NormWeight([.. Enumerable.Range(0, 896).Select(i => i % 5 * 0.3f)]);
        kernels.RmsNorm(hidden, [], Count, norm, 1e-6f, y);
        for (var row = 0; row < Count; row += 7)
        {
            kernels.RmsNorm(hidden, [row], 1, norm, 1e-6f, one);
            Assert.Equal(y.Bits(row), one.Bits(0));
        }
    }

    [Theory]
    [InlineData(1, 16, DataType.Float32)]
    [InlineData(40, 512, DataType.BFloat16)]
    [InlineData(3, 77, DataType.BFloat16)]
    [InlineData(9, 33, DataType.Float32)]
    public void Gates_as_the_reference_does(int rows, int columns, DataType type)
    {
        using var gateUp = Rows.Random(rows, 2 * columns, type, seed: 1, scale: 20);
        using var y = new Activations(rows, columns, type);

        kernels.SiluMul(gateUp, rows, y);

        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < columns; i++)
            {
                double gate = gateUp.Get(row, i);
                Rows.Near(gate / (1 + Math.Exp(-gate)) * gateUp.Get(row, columns + i), y.Get(row, i), type);
            }
        }
    }

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.BF16)]
    public void Embeds_rows_as_they_are_stored(WeightType stored)
    {
        using var weight = new Matrix(50, 37, stored, seed: 1);
        using var hidden = new Activations(3, 37, DataType.Float32);
        var table = kernels.CreateEmbedding(weight.View);

        kernels.Embed(table, [49, 0, 7], hidden);

        Assert.Equal(weight.Values.AsSpan(49 * 37, 37).ToArray(), hidden.FloatRow(0).ToArray());
        Assert.Equal(weight.Values.AsSpan(0, 37).ToArray(), hidden.FloatRow(1).ToArray());
        Assert.Equal(weight.Values.AsSpan(7 * 37, 37).ToArray(), hidden.FloatRow(2).ToArray());
        Assert.Throws<ArgumentException>(() => kernels.Embed(table, [50], hidden));
        Assert.Throws<ArgumentException>(() => kernels.Embed(table, [-1], hidden));
        Assert.Throws<ArgumentException>(() => kernels.Embed(table, [1, 2, 3, 4], hidden));
    }

    [Theory]
    [InlineData(DataType.Float32)]
    [InlineData(DataType.BFloat16)]
    public void Adds_and_converts_exactly(DataType type)
    {
        using var hidden = Rows.Random(4, 45, DataType.Float32, seed: 1);
        using var delta = Rows.Random(4, 45, type, seed: 2);
        var expected = Enumerable.Range(0, 4 * 45).Select(i => hidden.Get(i / 45, i % 45) + delta.Get(i / 45, i % 45)).ToArray();
        var floats = new float[4 * 45];

        kernels.Add(hidden, delta, 4);
        kernels.ToFloat(delta, 4, floats);

        Assert.Equal(expected, Enumerable.Range(0, 4 * 45).Select(i => hidden.Get(i / 45, i % 45)));
        Assert.Equal(Enumerable.Range(0, 4 * 45).Select(i => delta.Get(i / 45, i % 45)), floats);
    }

    [Fact]
    public void Activations_of_another_type_or_size_are_refused()
    {
        using var half = new Activations(2, 32, DataType.BFloat16);
        using var full = new Activations(2, 32, DataType.Float32);
        var norm = new NormWeight(new float[31]);

        Assert.Throws<InvalidOperationException>(() => half.FloatRow(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => full.FloatRow(2));
        Assert.Throws<ArgumentException>(() => kernels.RmsNorm(full, [], 2, norm, 1e-6f, half));
        Assert.Throws<ArgumentException>(() => kernels.Add(half, full, 1));
        Assert.Throws<ArgumentException>(() => kernels.SiluMul(half, 1, full));
        Assert.Throws<ArgumentException>(() => kernels.ToFloat(half, 2, new float[63]));
        Assert.Throws<ArgumentOutOfRangeException>(() => CpuKernels.Create(-1));
    }
}
