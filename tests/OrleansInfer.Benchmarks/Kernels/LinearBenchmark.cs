using BenchmarkDotNet.Attributes;
using OrleansInfer.Kernels;
using OrleansInfer.Kernels.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>Linears of the shapes of a model with half a billion weights, and of the demo model.</summary>
public class LinearBenchmark : KernelBenchmark
{
    Linear[] _copies = [];
    Activations _x = null!, _y = null!;
    int _next;

    [ParamsSource(nameof(Works))]
    public LinearWork Work { get; set; } = null!;

    public static IEnumerable<LinearWork> Works =>
        from shape in Shapes
        from rows in (int[])[1, 2, 4, 8, 16, 32, 128, 512]
        select new LinearWork(shape.Type, shape.In, shape.Out, rows);

    static (DataType Type, int In, int Out)[] Shapes =>
    [
        (DataType.BFloat16, 896, 1152), (DataType.BFloat16, 896, 9728), (DataType.BFloat16, 4864, 896), (DataType.BFloat16, 896, 50257),
        (DataType.BFloat16, 192, 320), (DataType.BFloat16, 192, 1024),
        (DataType.Float32, 896, 9728), (DataType.Float32, 4864, 896), (DataType.Float32, 192, 320),
    ];

    /// <summary>As many copies as no cache holds: a model's weights come from memory.</summary>
    [GlobalSetup]
    public void Setup()
    {
        using var weight = new Matrix(Work.OutFeatures, Work.InFeatures, WeightType.BF16, seed: 1);
        var copies = (int)Math.Clamp(100_000_000 / Work.Bytes, 1, 24);
        _copies = [.. Enumerable.Range(0, copies).Select(_ => Cpu.CreateLinear([weight.View], Work.Type))];
        _x = Rows.Random(Work.Rows, Work.InFeatures, Work.Type, seed: 2);
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
