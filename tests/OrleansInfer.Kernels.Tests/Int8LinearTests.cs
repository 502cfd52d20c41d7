namespace OrleansInfer.Kernels.Tests;

public sealed unsafe class Int8LinearTests(ITestOutputHelper output) : IDisposable
{
    readonly CpuKernels kernels = CpuKernels.Create(2);

    public void Dispose() => kernels.Dispose();

    [Theory]
    [InlineData(DataType.Float32, 1, 64, 64)]
    [InlineData(DataType.BFloat16, 1, 77, 51)]
    [InlineData(DataType.BFloat16, 2, 192, 320)]
    [InlineData(DataType.Float32, 3, 100, 37)]
    [InlineData(DataType.BFloat16, 7, 896, 129)]
    [InlineData(DataType.BFloat16, 130, 200, 300)]
    [InlineData(DataType.Float32, 17, 1100, 1000)] // cut into two slices
    public void Sums_are_exact_and_scaled_once(DataType type, int rows, int inFeatures, int outFeatures)
    {
        using var weight = new Matrix(outFeatures, inFeatures, WeightType.BF16, seed: 1);
        using var second = new Matrix(outFeatures + 5, inFeatures, WeightType.F32, seed: 2);
        using var bias = new Matrix(1, outFeatures + 5, WeightType.F32, seed: 3);
        using var first = QuantizedMatrix.Quantize(weight.View, LinearQuantization.Int8);
        using var other = QuantizedMatrix.Quantize(second.View with { Bias = bias.View.Data }, LinearQuantization.Int8);
        using var x = Rows.Random(rows, inFeatures, DataType.Float32, seed: 4, scale: 2);
        using var q = new Activations(rows, inFeatures, DataType.Int8);
        using var y = new Activations(rows, outFeatures + outFeatures + 5, type);
        using var linear = kernels.CreateLinear([first, other], type);

        kernels.Quantize(x, rows, q);
        kernels.Forward(linear, q, rows, y);

        output.WriteLine($"{kernels.Mode}: oneDNN {((Int8Linear)linear).UsesOneDnn}");
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < y.Columns; i++)
            {
                var (part, at) = i < outFeatures ? (first, i) : (other, i - outFeatures);
                Assert.Equal(Expected(q, row, part, at, type), y.Get(row, i));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public void OneDnn_and_the_own_kernel_give_the_same_bits(int ownRows)
    {
        using var weight = new Matrix(700, 333, WeightType.BF16, seed: 1);
        using var quantized = QuantizedMatrix.Quantize(weight.View, LinearQuantization.Int8);
        using var x = Rows.Random(300, 333, DataType.BFloat16, seed: 4, scale: 2);
        using var q = new Activations(300, 333, DataType.Int8);
        using var expected = new Activations(300, 700, DataType.BFloat16);
        using var y = new Activations(300, 700, DataType.BFloat16);
        using var team = new Team(3);
        using var own = new Int8Linear([quantized], 3, int.MaxValue, DataType.BFloat16);
        using var mixed = new Int8Linear([quantized], 1, ownRows, DataType.BFloat16);
        kernels.Quantize(x, 300, q);

        foreach (var rows in new[] { 1, 2, 3, 4, 5, 8, 9, 17, 100, 129, 300 })
        {
            own.Forward(team, q, rows, expected);
            mixed.Forward(team, q, rows, y);
            for (var row = 0; row < rows; row++) Assert.Equal(expected.Bits(row), y.Bits(row));
        }
    }

    [Fact]
    public void It_is_near_what_the_float_weights_give()
    {
        using var weight = new Matrix(64, 896, WeightType.F32, seed: 1);
        using var quantized = QuantizedMatrix.Quantize(weight.View, LinearQuantization.Int8);
        using var x = Rows.Random(5, 896, DataType.Float32, seed: 4);
        using var q = new Activations(5, 896, DataType.Int8);
        using var exact = new Activations(5, 64, DataType.Float32);
        using var y = new Activations(5, 64, DataType.Float32);
        using var floats = kernels.CreateLinear([weight.View], DataType.Float32);
        using var linear = kernels.CreateLinear([quantized], DataType.Float32);
        kernels.Quantize(x, 5, q);
        kernels.Forward(floats, x, 5, exact);
        kernels.Forward(linear, q, 5, y);

        // half a step of 1/127 in each factor, and a random walk over the columns
        for (var row = 0; row < 5; row++)
        {
            for (var i = 0; i < 64; i++) Assert.InRange(Math.Abs(exact.Get(row, i) - y.Get(row, i)), 0, Math.Sqrt(896) * 5 * 0.5 / 127);
        }
    }

    [Fact]
    public void Matrices_of_different_kinds_are_not_stacked()
    {
        using var weight = new Matrix(8, 16, WeightType.F32, seed: 1);
        using var first = QuantizedMatrix.Quantize(weight.View, LinearQuantization.Int8);
        using var second = QuantizedMatrix.Quantize(weight.View, LinearQuantization.Int8WeightOnly);

        Assert.Throws<ArgumentException>(() => kernels.CreateLinear([first, second], DataType.Float32));
        Assert.Throws<ArgumentException>(() => kernels.CreateLinear(ReadOnlySpan<QuantizedMatrix>.Empty, DataType.Float32));
    }

    static float Expected(Activations q, int row, QuantizedMatrix part, int output, DataType type)
    {
        long sum = 0;
        var values = part.Values(output);
        for (var k = 0; k < values.Length; k++) sum += values[k] * (((byte*)q.Data)[row * q.Columns + k] - 128L);
        var bias = part.Bias is null ? 0 : part.Bias[output];
        var exact = MathF.FusedMultiplyAdd(sum, q.Scales[row] * part.Scales(output)[0], bias);
        return type == DataType.Float32 ? exact : BFloat16Element.ToFloat(BFloat16Element.FromFloat(exact));
    }
}
