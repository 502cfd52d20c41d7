namespace OrleansInfer.Kernels.Tests;

public sealed class LinearTests(ITestOutputHelper output) : IDisposable
{
    readonly CpuKernels kernels = CpuKernels.Create(2);

    public void Dispose() => kernels.Dispose();

    [Theory]
    [InlineData(DataType.Float32, WeightType.F32, 5, 64, 48)]
    [InlineData(DataType.Float32, WeightType.BF16, 9, 100, 37)]
    [InlineData(DataType.Float32, WeightType.F16, 1, 17, 3)]
    [InlineData(DataType.BFloat16, WeightType.BF16, 7, 192, 320)]
    [InlineData(DataType.BFloat16, WeightType.F32, 130, 512, 192)]
    [InlineData(DataType.BFloat16, WeightType.F16, 300, 50, 33)]
    [InlineData(DataType.BFloat16, WeightType.BF16, 9, 600, 900)] // cut into two slices, not where the parts meet
    public void Multiplies_as_the_reference_does(DataType type, WeightType stored, int rows, int inFeatures, int outFeatures)
    {
        using var weight = new Matrix(outFeatures, inFeatures, stored, seed: 1);
        using var second = new Matrix(outFeatures + 5, inFeatures, stored, seed: 2);
        using var bias = new Matrix(1, outFeatures + 5, stored, seed: 3);
        using var x = Rows.Random(rows, inFeatures, type, seed: 4);
        using var y = new Activations(rows, weight.Rows + second.Rows, type);
        using var linear = kernels.CreateLinear([weight.View, second.View with { Bias = bias.View.Data }], type);

        kernels.Forward(linear, x, rows, y);

        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < weight.Rows; i++) Rows.Near(Dot(x, row, weight, i, type), y.Get(row, i), type, inFeatures);
            for (var i = 0; i < second.Rows; i++)
            {
                var expected = Dot(x, row, second, i, type) + bias.Values[i];
                Rows.Near(expected, y.Get(row, weight.Rows + i), type, type == DataType.Float32 ? inFeatures : 400);
            }
        }
    }

    [Theory]
    [InlineData(DataType.Float32, 192, 320)]
    [InlineData(DataType.Float32, 896, 1152)]
    [InlineData(DataType.Float32, 77, 51)]
    [InlineData(DataType.BFloat16, 192, 320)]
    [InlineData(DataType.BFloat16, 192, 1024)]
    [InlineData(DataType.BFloat16, 192, 2048)]
    [InlineData(DataType.BFloat16, 512, 192)]
    [InlineData(DataType.BFloat16, 896, 1152)]
    [InlineData(DataType.BFloat16, 4864, 896)]
    [InlineData(DataType.BFloat16, 77, 51)]
    public void A_row_is_the_same_bits_alone_and_anywhere_in_any_batch(DataType type, int inFeatures, int outFeatures)
    {
        using var weight = new Matrix(outFeatures, inFeatures, WeightType.BF16, seed: 1);
        using var linear = kernels.CreateLinear([weight.View], type);
        using var source = Rows.Random(16, inFeatures, type, seed: 5);
        using var x = new Activations(300, inFeatures, type);
        using var y = new Activations(300, outFeatures, type);
        var alone = new byte[16][];
        for (var row = 0; row < 16; row++)
        {
            Rows.Copy(source, row, x, 0);
            kernels.Forward(linear, x, 1, y);
            alone[row] = y.Bits(0);
        }
        output.WriteLine($"{kernels.Mode}, {linear.Bytes} bytes");
        foreach (var rows in new[] { 2, 3, 4, 5, 7, 8, 13, 16, 17, 31, 33, 64, 65, 100, 127, 129, 200, 300 })
        {
            for (var i = 0; i < rows; i++) Rows.Copy(source, (i * 5 + rows) % 16, x, i);
            kernels.Forward(linear, x, rows, y);
            for (var i = 0; i < rows; i++) Assert.True(y.Bits(i).AsSpan().SequenceEqual(alone[(i * 5 + rows) % 16]), $"row {i} of {rows}");
        }
    }

    [Fact]
    public void The_number_of_threads_is_no_part_of_the_mode()
    {
        using var weight = new Matrix(1800, 600, WeightType.BF16, seed: 1);
        using var one = CpuKernels.Create(1);
        using var three = CpuKernels.Create(3);
        using var first = one.CreateLinear([weight.View], DataType.Float32);
        using var second = three.CreateLinear([weight.View], DataType.Float32);

        Assert.Equal(one.Mode, three.Mode);
    }

    [Fact]
    public void The_mode_names_the_kernel_and_what_it_computes()
    {
        using var weight = new Matrix(64, 32, WeightType.F32, seed: 1);
        using var other = new Matrix(64, 32, WeightType.F32, seed: 2);
        using var same = CpuKernels.Create(1);
        using var different = CpuKernels.Create(1);
        using var first = kernels.CreateLinear([weight.View], DataType.Float32);
        using var second = same.CreateLinear([weight.View], DataType.Float32);
        using var third = different.CreateLinear([other.View], DataType.Float32);

        Assert.StartsWith("cpu/fp32/", kernels.Mode, StringComparison.Ordinal);
        Assert.Equal(kernels.Mode, same.Mode);
        Assert.NotEqual(kernels.Mode, different.Mode);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var weight = new Matrix(8, 16, WeightType.F32, seed: 1);
        using var narrow = new Matrix(8, 15, WeightType.F32, seed: 1);
        using var linear = kernels.CreateLinear([weight.View], DataType.Float32);
        using var x = new Activations(4, 16, DataType.Float32);
        using var y = new Activations(4, 8, DataType.Float32);
        using var z = new Activations(4, 8, DataType.BFloat16);

        Assert.Throws<ArgumentException>(() => kernels.CreateLinear([weight.View, narrow.View], DataType.Float32));
        Assert.Throws<ArgumentException>(() => kernels.CreateLinear(ReadOnlySpan<WeightView>.Empty, DataType.Float32));
        Assert.Throws<ArgumentException>(() => kernels.Forward(linear, y, 4, x));
        Assert.Throws<ArgumentException>(() => kernels.Forward(linear, x, 5, y));
        Assert.Throws<ArgumentException>(() => kernels.Forward(linear, x, 4, z));
    }

    static double Dot(Activations x, int row, Matrix weight, int output, DataType type)
    {
        double sum = 0;
        for (var k = 0; k < weight.Columns; k++)
        {
            var w = weight.Values[output * weight.Columns + k];
            sum += (double)x.Get(row, k) * (type == DataType.BFloat16 ? BFloat16Element.ToFloat(BFloat16Element.FromFloat(w)) : w);
        }
        return sum;
    }
}
