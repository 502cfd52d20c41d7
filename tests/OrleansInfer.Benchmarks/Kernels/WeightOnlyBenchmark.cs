using BenchmarkDotNet.Attributes;
using OrleansInfer.Kernels;
using OrleansInfer.Kernels.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>Linears whose weights alone are integers; <see cref="LinearBenchmark"/> has the same shapes in bfloat16.</summary>
public class WeightOnlyBenchmark : KernelBenchmark
{
    Linear[] _copies = [];
    Activations _x = null!, _y = null!;
    int _next;

    [ParamsSource(nameof(Works))]
    public WeightOnlyWork Work { get; set; } = null!;

    public static IEnumerable<WeightOnlyWork> Works =>
        from shape in ((int In, int Out)[])[(896, 1152), (896, 9728), (4864, 896), (896, 50257)]
        from quantization in (LinearQuantization[])
            [LinearQuantization.Int4(), LinearQuantization.Int4(128, symmetric: false), LinearQuantization.Int8WeightOnly]
        from rows in (int[])[1, 8, 32, 128]
        select new WeightOnlyWork(quantization, shape.In, shape.Out, rows);

    /// <summary>As many copies as no cache holds: a model's weights come from memory.</summary>
    [GlobalSetup]
    public void Setup()
    {
        using var weight = new Matrix(Work.OutFeatures, Work.InFeatures, WeightType.BF16, seed: 1);
        using var quantized = QuantizedMatrix.Quantize(weight.View, Work.Quantization);
        var copies = (int)Math.Clamp(100_000_000 / Work.Bytes, 1, 200);
        _copies = [.. Enumerable.Range(0, copies).Select(_ => Cpu.CreateLinear([quantized], Work.Type))];
        using var floats = Rows.Random(Work.Rows, Work.InFeatures, Work.Type, seed: 2);
        _x = new Activations(Work.Rows, Work.InFeatures, DataType.Int16);
        Cpu.Quantize(floats, Work.Rows, _x);
        _y = new Activations(Work.Rows, Work.OutFeatures, Work.Type);
    }

    [Benchmark]
    public void Forward() => Cpu.Forward(_copies[_next++ % _copies.Length], _x, Work.Rows, _y);

    public override void Dispose()
    {
        foreach (var copy in _copies) copy.Dispose();
        _x.Dispose();
        _y.Dispose();
        base.Dispose();
    }
}
