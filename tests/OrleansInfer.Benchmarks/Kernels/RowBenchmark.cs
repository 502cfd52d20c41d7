using BenchmarkDotNet.Attributes;
using OrleansInfer.Kernels;
using OrleansInfer.Kernels.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>The kernels that go over the rows once.</summary>
public class RowBenchmark : KernelBenchmark
{
    const int Hidden = 896, Intermediate = 4864, Heads = 14, KvHeads = 2, HeadDim = 64;

    readonly NormWeight _norm = new(new float[Hidden]);
    readonly RotaryTable _rotary = new(HeadDim, new float[HeadDim / 2], 1, 256);
    Activations _hidden = null!, _delta = null!, _normed = null!, _gateUp = null!, _product = null!, _qkv = null!;
    KvCache _cache = null!;
    AttentionSequence[] _sequences = [];
    int[] _positions = [];

    [ParamsSource(nameof(Works))]
    public RowWork Work { get; set; } = null!;

    public static IEnumerable<RowWork> Works =>
        from type in (DataType[])[DataType.BFloat16, DataType.Float32]
        from rows in (int[])[1, 16, 128]
        select new RowWork(type, rows);

    [GlobalSetup]
    public void Setup()
    {
        var (type, rows) = (Work.Type, Work.Rows);
        _hidden = Rows.Random(rows, Hidden, DataType.Float32, seed: 1);
        _delta = Rows.Random(rows, Hidden, type, seed: 2, scale: 1e-6f);
        _normed = new Activations(rows, Hidden, type);
        _gateUp = Rows.Random(rows, 2 * Intermediate, type, seed: 3);
        _product = new Activations(rows, Intermediate, type);
        _qkv = Rows.Random(rows, (Heads + 2 * KvHeads) * HeadDim, type, seed: 4);
        _cache = new KvCache(1, KvHeads, HeadDim, 16, 16, type);
        _sequences = [new AttentionSequence(0, rows, 0, [.. Enumerable.Range(0, 8)])];
        _positions = [.. Enumerable.Range(0, rows)];
    }

    [Benchmark]
    public void AddRmsNorm() => Cpu.AddRmsNorm(_hidden, _delta, Work.Rows, _norm, 1e-6f, _normed);

    [Benchmark]
    public void SiluMul() => Cpu.SiluMul(_gateUp, Work.Rows, _product);

    [Benchmark]
    public void RotateAndCache() => Cpu.RotateAndCache(_qkv, Work.Rows, _sequences, _positions, _rotary, null, _cache, 0);

    public override void Dispose()
    {
        foreach (var rows in (Activations[])[_hidden, _delta, _normed, _gateUp, _product, _qkv]) rows.Dispose();
        _cache.Dispose();
        base.Dispose();
    }
}
