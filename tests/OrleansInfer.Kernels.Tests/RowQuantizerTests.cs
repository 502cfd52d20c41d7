namespace OrleansInfer.Kernels.Tests;

public sealed unsafe class RowQuantizerTests : IDisposable
{
    readonly CpuKernels kernels = CpuKernels.Create(2);

    public void Dispose() => kernels.Dispose();

    [Theory]
    [InlineData(DataType.Int8, DataType.Float32, 77)]
    [InlineData(DataType.Int8, DataType.BFloat16, 896)]
    [InlineData(DataType.Int16, DataType.Float32, 16)]
    [InlineData(DataType.Int16, DataType.BFloat16, 33)]
    public void A_row_is_its_largest_magnitude_times_nearest_integers(DataType type, DataType from, int columns)
    {
        using var x = Rows.Random(5, columns, from, seed: 1, scale: 20);
        using var y = new Activations(5, columns, type);
        for (var i = 0; i < columns; i++) x.Set(3, i, 0);

        kernels.Quantize(x, 5, y);

        var range = type == DataType.Int8 ? 127 : 32767;
        for (var row = 0; row < 5; row++)
        {
            var largest = Enumerable.Range(0, columns).Max(i => MathF.Abs(x.Get(row, i)));
            Assert.Equal(largest / range, y.Scales[row]);
            for (var i = 0; i < columns; i++)
            {
                Assert.Equal(largest == 0 ? 0 : MathF.Round(x.Get(row, i) * (range / largest)), Integer(y, row, i));
            }
        }
    }

    [Theory]
    [InlineData(DataType.Int8)]
    [InlineData(DataType.Int16)]
    public void Norms_and_gates_quantize_what_they_would_have_written(DataType type)
    {
        const int Columns = 100;
        using var hidden = Rows.Random(6, Columns, DataType.Float32, seed: 1, scale: 3);
        using var gateUp = Rows.Random(6, 2 * Columns, DataType.BFloat16, seed: 2, scale: 3);
        using var floats = new Activations(6, Columns, DataType.Float32);
        using var expected = new Activations(6, Columns, type);
        using var y = new Activations(6, Columns, type);
        var gain = new NormWeight(new Matrix(1, Columns, WeightType.F32, seed: 4).Values);

        kernels.RmsNorm(hidden, [], 6, gain, 1e-6f, floats);
        kernels.Quantize(floats, 6, expected);
        kernels.RmsNorm(hidden, [], 6, gain, 1e-6f, y);
        Same(expected, y);

        using var wide = new Activations(6, 2 * Columns, DataType.Float32);
        for (var row = 0; row < 6; row++)
        {
            for (var i = 0; i < 2 * Columns; i++) wide.Set(row, i, gateUp.Get(row, i));
        }
        kernels.SiluMul(wide, 6, floats);
        kernels.Quantize(floats, 6, expected);
        kernels.SiluMul(gateUp, 6, y);
        Same(expected, y);
    }

    static void Same(Activations expected, Activations actual)
    {
        for (var row = 0; row < expected.MaxRows; row++)
        {
            Assert.Equal(expected.Bits(row), actual.Bits(row));
            Assert.Equal(expected.Scales[row], actual.Scales[row]);
        }
    }

    static int Integer(Activations y, int row, int column) => y.Type == DataType.Int8
        ? ((byte*)y.Data)[row * y.Columns + column] - RowQuantizer.ByteZero
        : ((short*)y.Data)[row * y.Columns + column];
}
