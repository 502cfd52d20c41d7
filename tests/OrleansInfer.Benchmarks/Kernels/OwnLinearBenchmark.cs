using BenchmarkDotNet.Attributes;
using OrleansInfer.Kernels;
using OrleansInfer.Kernels.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>The bfloat16 linear that is used where libtorch's does not keep rows apart.</summary>
public class OwnLinearBenchmark : KernelBenchmark
{
    RowDotLinear _linear = null!;
    Activations _x = null!, _y = null!;

    [ParamsSource(nameof(Works))]
    public LinearWork Work { get; set; } = null!;

    public static IEnumerable<LinearWork> Works =>
        from shape in ((int In, int Out)[])[(896, 9728), (192, 1024)]
        from rows in (int[])[1, 4, 8, 32, 128]
        select new LinearWork(DataType.BFloat16, shape.In, shape.Out, rows);

    [GlobalSetup]
    public void Setup()
    {
        using var weight = new Matrix(Work.OutFeatures, Work.InFeatures, WeightType.BF16, seed: 1);
        _linear = new RowDotLinear(new StackedWeights([weight.View], DataType.BFloat16, VectorMath.Lanes));
        _x = Rows.Random(Work.Rows, Work.InFeatures, Work.Type, seed: 2);
        _y = new Activations(Work.Rows, Work.OutFeatures, Work.Type);
    }

    [Benchmark]
    public void Forward() => Cpu.Forward(_linear, _x, Work.Rows, _y);

    public override void Dispose()
    {
        _linear.Dispose();
        _x.Dispose();
        _y.Dispose();
        base.Dispose();
    }
}
