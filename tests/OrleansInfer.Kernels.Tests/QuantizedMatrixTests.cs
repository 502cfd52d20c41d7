namespace OrleansInfer.Kernels.Tests;

public sealed class QuantizedMatrixTests
{
    public static TheoryData<LinearQuantization, int, double> Cases => new()
    {
        { LinearQuantization.Int8, 77, 0.51 / 127 },
        { LinearQuantization.Int8WeightOnly, 96, 0.51 / 127 },
        { LinearQuantization.Int4(), 96, 1.01 / 8 }, // the end that the scale's sign does not favour is half a step short
        { LinearQuantization.Int4(64), 100, 1.01 / 8 }, // the last group is shorter
        { LinearQuantization.Int4(symmetric: false), 64, 1.1 / 7.5 / 2 },
        { new LinearQuantization(8, 128, Symmetric: false, DynamicActivations: false), 256, 1.1 / 127.5 / 2 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_weight_is_at_most_half_a_step_away(LinearQuantization quantization, int columns, double step)
    {
        using var weight = new Matrix(9, columns, WeightType.BF16, seed: 1, scale: 3);
        using var quantized = QuantizedMatrix.Quantize(weight.View, quantization);
        var line = new float[columns];

        for (var row = 0; row < weight.Rows; row++)
        {
            quantized.Dequantize(row, line);
            for (var i = 0; i < columns; i++)
            {
                // bfloat16 scales are 1/256 off at most, and what they leave of the ends is cut
                Assert.InRange(Math.Abs(line[i] - weight.Values[row * columns + i]), 0, 3 * (step + 1 / 200.0));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Integers_and_scales_are_those_of_the_slow_reference(LinearQuantization quantization, int columns, double step)
    {
        using var weight = new Matrix(300, columns, WeightType.BF16, seed: 2, scale: (float)(1 / step));
        using var quantized = QuantizedMatrix.Quantize(weight.View, quantization);
        var size = quantization.GroupSize == 0 ? columns : quantization.GroupSize;
        for (var row = 0; row < weight.Rows; row++)
            for (var first = 0; first < columns; first += size)
            {
                var group = weight.Values.Skip(row * columns + first).Take(Math.Min(size, columns - first)).ToArray();
                var (least, largest) = (Math.Min(0, group.Min()), Math.Max(0, group.Max()));
                var range = !quantization.Symmetric ? (largest - least) / (quantization.Largest - quantization.Least)
                    : quantization.Bits == 8 ? group.Max(MathF.Abs) / 127
                    : (largest > -least ? largest : least) / -8;
                var scale = BFloat16Element.ToFloat(BFloat16Element.FromFloat(range));
                Assert.Equal(scale, quantized.Scales(row)[first / size]);
                var zero = quantization.Symmetric ? 0 : quantized.ZeroPoints(row)[first / size];
                if (!quantization.Symmetric) Assert.InRange(zero - (quantization.Least - least / scale), -0.501, 0.501);
                for (var i = 0; i < group.Length; i++)
                {
                    var exact = Math.Clamp(group[i] * (1 / scale) + zero, quantization.Least, quantization.Largest);
                    Assert.Equal(MathF.Round(exact), quantized.Values(row)[first + i]);
                }
            }
    }

    [Fact]
    public void Zeros_stay_zeros()
    {
        using var weight = new Matrix(2, 64, WeightType.F32, seed: 1, scale: 0);
        LinearQuantization[] all = [LinearQuantization.Int8, LinearQuantization.Int4(), LinearQuantization.Int4(symmetric: false)];
        foreach (var quantization in all)
        {
            using var quantized = QuantizedMatrix.Quantize(weight.View, quantization);
            var line = Enumerable.Repeat(1f, 64).ToArray();
            quantized.Dequantize(1, line);
            Assert.All(line, value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void What_no_linear_computes_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new QuantizedMatrix(8, 8, new(3, 0, true, false)));
        Assert.Throws<ArgumentException>(() => new QuantizedMatrix(8, 8, new(4, 12, true, false)));
        Assert.Throws<ArgumentException>(() => new QuantizedMatrix(8, 8, new(4, 32, true, DynamicActivations: true)));
    }
}
