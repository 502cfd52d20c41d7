namespace OrleansInfer.Kernels.Tests;

public sealed unsafe class GroupedLinearTests : IDisposable
{
    readonly CpuKernels kernels = CpuKernels.Create(2);

    public void Dispose() => kernels.Dispose();

    public static TheoryData<int, int, bool, int, int, int> Shapes
    {
        get
        {
            var data = new TheoryData<int, int, bool, int, int, int>
            {
                { 4, 32, true, 1, 896, 1152 },
                { 4, 32, false, 8, 896, 900 },
                { 4, 64, true, 130, 500, 37 },
                { 4, 128, false, 17, 1000, 65 },
                { 4, 0, true, 5, 4864, 33 }, // more columns than one exact sum has
                { 4, 8, false, 3, 77, 1 },
                { 8, 0, true, 1, 4864, 896 },
                { 8, 0, true, 16, 777, 50 },
                { 8, 128, false, 6, 300, 100 },
                { 8, 768, true, 9, 1600, 40 }, // a group of several exact sums
                { 8, 56, false, 7, 58, 31 },
            };
            var random = new Random(1);
            for (var i = 0; i < 24; i++)
            {
                var group = 8 * random.Next(0, 20);
                data.Add(random.Next(2) * 4 + 4, group, random.Next(2) == 0, random.Next(1, 40), random.Next(1, 600), random.Next(1, 200));
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Multiplies_as_the_reference_does_to_the_bit(int bits, int groupSize, bool symmetric, int rows, int columns, int outputs)
    {
        var quantization = new LinearQuantization(bits, groupSize, symmetric, DynamicActivations: false);
        foreach (var type in new[] { DataType.Float32, DataType.BFloat16 })
        {
            using var matrix = Integers(outputs, columns, quantization, seed: columns + rows, roundScales: type == DataType.BFloat16);
            using var second = Integers(5, columns, quantization, seed: 9, roundScales: true);
            if (rows % 2 == 0) second.Bias = [.. Enumerable.Range(0, 5).Select(i => i - 2.3f)];
            using var x = Shorts(rows, columns, seed: rows);
            using var y = new Activations(rows, outputs + 5, type);
            using var linear = kernels.CreateLinear([matrix, second], type);

            kernels.Forward(linear, x, rows, y);

            for (var row = 0; row < rows; row++)
            {
                for (var i = 0; i < outputs; i++) Assert.Equal(Round(Reference(x, row, matrix, i), type), y.Get(row, i));
                for (var i = 0; i < 5; i++) Assert.Equal(Round(Reference(x, row, second, i), type), y.Get(row, outputs + i));
            }
        }
    }

    [Theory]
    [InlineData(4, 32, true)]
    [InlineData(4, 128, false)]
    [InlineData(8, 0, true)]
    public void Is_as_near_to_the_product_of_floats_as_16_bits_of_x_allow(int bits, int groupSize, bool symmetric)
    {
        const int Columns = 896, Outputs = 100, TestRows = 20;
        using var weight = new Matrix(Outputs, Columns, WeightType.BF16, seed: 1);
        using var quantized = QuantizedMatrix.Quantize(weight.View, new(bits, groupSize, symmetric, DynamicActivations: false));
        using var floats = Rows.Random(TestRows, Columns, DataType.Float32, seed: 2, scale: 3);
        using var x = new Activations(TestRows, Columns, DataType.Int16);
        using var y = new Activations(TestRows, Outputs, DataType.Float32);
        using var linear = kernels.CreateLinear([quantized], DataType.Float32);

        kernels.Quantize(floats, TestRows, x);
        kernels.Forward(linear, x, TestRows, y);

        var line = new float[Columns];
        for (var i = 0; i < Outputs; i++)
        {
            quantized.Dequantize(i, line);
            var bound = 0.51 * (3.0 / short.MaxValue) * line.Sum(w => MathF.Abs(w)); // half a step of x in every column
            for (var row = 0; row < TestRows; row++)
            {
                double expected = 0;
                for (var k = 0; k < Columns; k++) expected += (double)floats.Get(row, k) * line[k];
                Assert.InRange(y.Get(row, i), expected - bound, expected + bound);
            }
        }
    }

    [Theory]
    [InlineData(4, 0, false, 5000)]
    [InlineData(8, 0, true, 1000)]
    [InlineData(8, 256, false, 512)]
    public void The_largest_integers_do_not_overflow(int bits, int groupSize, bool symmetric, int columns)
    {
        using var matrix = new QuantizedMatrix(2, columns, new(bits, groupSize, symmetric, DynamicActivations: false));
        var quantization = matrix.Quantization;
        using var x = new Activations(1, columns, DataType.Int16);
        using var y = new Activations(1, 2, DataType.Float32);
        new Span<short>(x.Data, columns).Fill(short.MinValue);
        x.Scales[0] = 1;
        for (var row = 0; row < 2; row++)
        {
            matrix.Values(row).Fill((sbyte)(row == 0 ? quantization.Least : quantization.Largest));
            matrix.Scales(row).Fill(1);
            matrix.ZeroPoints(row).Fill((sbyte)(row == 0 ? quantization.Largest : quantization.Least));
        }
        using var linear = kernels.CreateLinear([matrix], DataType.Float32);

        kernels.Forward(linear, x, 1, y);

        Assert.Equal(Reference(x, 0, matrix, 0), y.Get(0, 0));
        Assert.Equal(Reference(x, 0, matrix, 1), y.Get(0, 1));
        Assert.True(y.Get(0, 0) > 0 && y.Get(0, 1) < 0);
    }

    [Theory]
    [InlineData(4, 32, false, 600, 1100)]
    [InlineData(8, 0, true, 1030, 500)]
    public void A_row_is_the_same_bits_alone_and_anywhere_in_any_batch_on_any_threads(
        int bits, int groupSize, bool symmetric, int columns, int outputs)
    {
        var quantization = new LinearQuantization(bits, groupSize, symmetric, DynamicActivations: false);
        using var matrix = Integers(outputs, columns, quantization, seed: 1, roundScales: true);
        using var source = Shorts(16, columns, seed: 2);
        using var x = new Activations(300, columns, DataType.Int16);
        using var y = new Activations(300, outputs, DataType.BFloat16);
        var alone = new byte[16][];
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var cpu = CpuKernels.Create(threads);
            using var linear = cpu.CreateLinear([matrix], DataType.BFloat16);
            foreach (var rows in new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 31, 65, 130, 300 })
            {
                for (var i = 0; i < rows; i++) Copy(source, (i * 5 + rows) % 16, x, i);
                cpu.Forward(linear, x, rows, y);
                for (var i = 0; i < rows; i++)
                {
                    var from = (i * 5 + rows) % 16;
                    Assert.Equal(alone[from] ??= Alone(cpu, linear, source, from), y.Bits(i));
                }
            }
        }
    }

    [Fact]
    public void A_call_allocates_nothing_on_the_managed_heap()
    {
        using var matrix = Integers(600, 700, LinearQuantization.Int4(symmetric: false), seed: 1, roundScales: true);
        using var x = Shorts(20, 700, seed: 2);
        using var y = new Activations(20, 600, DataType.BFloat16);
        using var linear = kernels.CreateLinear([matrix], DataType.BFloat16);
        for (var i = 0; i < 40; i++) kernels.Forward(linear, x, 20, y);

        var before = GC.GetAllocatedBytesForCurrentThread();
        kernels.Forward(linear, x, 20, y);
        kernels.Forward(linear, x, 1, y);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Four_bits_in_groups_of_32_take_four_and_a_half_bits_a_weight()
    {
        using var matrix = Integers(896, 4864, LinearQuantization.Int4(), seed: 1, roundScales: true);
        using var linear = kernels.CreateLinear([matrix], DataType.BFloat16);

        Assert.Equal(896 * 4864 * 9L / 16 + 896 * sizeof(float), linear.Bytes);
        Assert.Equal(DataType.Int16, linear.InputType);
        Assert.StartsWith("cpu/int4-weights/", kernels.Mode, StringComparison.Ordinal);
    }

    [Fact]
    public void Matrices_of_different_kinds_are_not_stacked()
    {
        using var matrix = new QuantizedMatrix(4, 64, LinearQuantization.Int4());
        using var other = new QuantizedMatrix(4, 64, LinearQuantization.Int4(64));
        using var narrow = new QuantizedMatrix(4, 32, LinearQuantization.Int4());

        Assert.Throws<ArgumentException>(() => kernels.CreateLinear([matrix, other], DataType.BFloat16));
        Assert.Throws<ArgumentException>(() => kernels.CreateLinear([matrix, narrow], DataType.BFloat16));
    }

    /// <summary>The formula alone: exact sums of a group (or of an equal part of it that cannot overflow), then floats in order.</summary>
    static float Reference(Activations x, int row, QuantizedMatrix matrix, int output)
    {
        var size = matrix.Quantization.GroupSize == 0 ? matrix.Columns : matrix.Quantization.GroupSize;
        var exact = matrix.Quantization.Bits == 4 ? 4096 : 256;
        var part = matrix.Quantization.GroupSize == 0 ? exact : Enumerable.Range(1, exact).Where(i => i % 8 == 0 && size % i == 0).Max();
        var values = matrix.Values(output);
        var zeroPoints = matrix.ZeroPoints(output);
        var result = 0f;
        for (var first = 0; first < matrix.Columns; first += part)
        {
            var group = first / size;
            long sum = 0;
            for (var k = first; k < Math.Min(first + part, matrix.Columns); k++)
            {
                var zero = zeroPoints.IsEmpty ? 0 : zeroPoints[group];
                sum += ((short*)x.Data)[row * matrix.Columns + k] * (values[k] - zero);
            }
            Assert.InRange(sum, int.MinValue, int.MaxValue);
            result = MathF.FusedMultiplyAdd(sum, matrix.Scales(output)[group], result);
        }
        return MathF.FusedMultiplyAdd(result, x.Scales[row], matrix.Bias?[output] ?? 0);
    }

    static float Round(float value, DataType type) =>
        type == DataType.Float32 ? value : BFloat16Element.ToFloat(BFloat16Element.FromFloat(value));

    static QuantizedMatrix Integers(int rows, int columns, LinearQuantization quantization, int seed, bool roundScales)
    {
        var matrix = new QuantizedMatrix(rows, columns, quantization);
        var random = new Random(seed);
        for (var row = 0; row < rows; row++)
        {
            foreach (ref var value in matrix.Values(row)) value = (sbyte)random.Next(quantization.Least, quantization.Largest + 1);
            foreach (ref var zero in matrix.ZeroPoints(row)) zero = (sbyte)random.Next(quantization.Least, quantization.Largest + 1);
            foreach (ref var scale in matrix.Scales(row))
            {
                scale = 0.01f + random.NextSingle();
                if (roundScales) scale = Round(scale, DataType.BFloat16);
            }
        }
        return matrix;
    }

    static Activations Shorts(int rows, int columns, int seed)
    {
        var x = new Activations(rows, columns, DataType.Int16);
        var random = new Random(seed);
        for (var i = 0; i < rows * columns; i++) ((short*)x.Data)[i] = (short)random.Next(-short.MaxValue, short.MaxValue + 1);
        for (var row = 0; row < rows; row++) x.Scales[row] = 0.001f * (1 + random.NextSingle());
        return x;
    }

    static void Copy(Activations from, int row, Activations to, int at)
    {
        Rows.Copy(from, row, to, at);
        to.Scales[at] = from.Scales[row];
    }

    static byte[] Alone(CpuKernels cpu, Linear linear, Activations source, int row)
    {
        using var x = new Activations(1, linear.InFeatures, DataType.Int16);
        using var y = new Activations(1, linear.OutFeatures, linear.Type);
        Copy(source, row, x, 0);
        cpu.Forward(linear, x, 1, y);
        return y.Bits(0);
    }
}
