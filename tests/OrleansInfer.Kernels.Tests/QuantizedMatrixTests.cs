namespace OrleansInfer.Kernels.Tests;

public sealed class QuantizedMatrixTests
{
    public static TheoryData<LinearQuantization, int, double> Cases => new()
    {
        { LinearQuantization.Int8, 77, 0.51 / 127 },
        { LinearQuantization.Int8WeightOnly, 96, 0.51 / 127 },
        { LinearQuantization.Int4(), 96, 0.51 / 7 },
        { LinearQuantization.Int4(64), 100, 0.51 / 7 }, // the last group is shorter
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
