using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OrleansInfer.Kernels.Tests;

/// <summary>
/// The kernels written here give the same bits with AVX-512, with AVX2 and with neither: proved in processes that have less.
/// </summary>
public sealed class InstructionSetTests
{
    const string Variable = "ORLEANSINFER_KERNEL_CHECKSUM";

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Every_instruction_set_gives_the_same_bits(string without)
    {
        var file = Path.Combine(Path.GetTempPath(), $"kernels-{Guid.NewGuid():n}.txt");
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList = { "-method", $"*{nameof(The_same_inputs_give_the_same_bits_again)}" },
                Environment = { [Variable] = file, [without] = "0" },
            };
            using var child = Process.Start(start)!;
            var error = child.StandardError.ReadToEndAsync();
            var output = await child.StandardOutput.ReadToEndAsync();
            await child.WaitForExitAsync();

            Assert.True(File.Exists(file), output + await error);
            Assert.Equal(Checksum(), await File.ReadAllTextAsync(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_same_inputs_give_the_same_bits_again()
    {
        var checksum = Checksum();
        Assert.Equal(checksum, Checksum());
        // the test above runs this one in processes that have less, and compares
        if (Environment.GetEnvironmentVariable(Variable) is { } file) File.WriteAllText(file, checksum);
    }

    /// <summary>Integer weights of both widths, with and without zero points, by three rows of the activations.</summary>
    static IEnumerable<byte[]> WeightOnly(CpuKernels kernels, Matrix weight, Activations activations)
    {
        using var x = new Activations(3, activations.Columns, DataType.Int16);
        using var y = new Activations(3, weight.Rows, DataType.Float32);
        kernels.Quantize(activations, 3, x);
        foreach (var quantization in new[] { LinearQuantization.Int8WeightOnly, LinearQuantization.Int4(symmetric: false) })
        {
            using var quantized = QuantizedMatrix.Quantize(weight.View, quantization);
            using var linear = kernels.CreateLinear([quantized], DataType.Float32);
            kernels.Forward(linear, x, 3, y);
            for (var row = 0; row < 3; row++) yield return y.Bits(row);
        }
    }

    static string Checksum()
    {
        using var kernels = CpuKernels.Create(2);
        using var floats = new SmallLayer(kernels, DataType.Float32);
        floats.Step(50);
        using var model = new PagedModel(kernels, 6, 2, 32, DataType.BFloat16);
        using var hidden = Rows.Random(3, 77, DataType.Float32, seed: 1);
        using var gateUp = Rows.Random(3, 2 * 77, DataType.BFloat16, seed: 2, scale: 30);
        using var y = new Activations(3, 77, DataType.BFloat16);
        using var weight = new Matrix(51, 77, WeightType.F16, seed: 3);
        using var stacked = new StackedWeights([weight.View], DataType.BFloat16, VectorMath.Lanes);
        using var linear = new RowDotLinear(stacked);
        using var z = new Activations(3, 51, DataType.BFloat16);
        List<byte[]> results = [[.. MemoryMarshal.AsBytes<float>(floats.Logits)]];
        results.AddRange(model.Step((0, 0, 40, model.BlockTable(1, 0, 3))));
        using var integers = new PagedModel(kernels, 10, 1, 48, DataType.BFloat16, cacheType: DataType.Int8);
        results.AddRange(integers.Step((0, 0, 20, integers.BlockTable(2, 0, 2))));
        using var ranges = new PagedModel(kernels, 2, 1, 16, DataType.Float32);
        results.AddRange(ranges.Step((0, 0, KeyRange.Length + 3, ranges.BlockTable(3, 0, 40))));
        kernels.RmsNorm(hidden, [], 3, new NormWeight(new Matrix(1, 77, WeightType.F32, seed: 4).Values), 1e-6f, y);
        results.Add(y.Bits(2));
        kernels.Forward(linear, y, 3, z);
        results.Add(z.Bits(1));
        kernels.SiluMul(gateUp, 3, y);
        results.Add(y.Bits(2));
        using var quantized = QuantizedMatrix.Quantize(weight.View, LinearQuantization.Int8);
        using var int8 = kernels.CreateLinear([quantized], DataType.BFloat16);
        using var q = new Activations(3, 77, DataType.Int8);
        kernels.Quantize(y, 3, q);
        for (var rows = 1; rows <= 3; rows++)
        {
            kernels.Forward(int8, q, rows, z);
            results.Add(z.Bits(rows - 1));
        }
        results.AddRange(WeightOnly(kernels, weight, y));
        return Convert.ToHexString(SHA256.HashData([.. results.SelectMany(r => r)]));
    }
}
