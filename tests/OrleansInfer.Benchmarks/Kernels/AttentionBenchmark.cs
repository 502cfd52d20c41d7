using BenchmarkDotNet.Attributes;
using OrleansInfer.Kernels;
using OrleansInfer.Kernels.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>Attention of decoding sequences and of prompt chunks over a paged cache.</summary>
public class AttentionBenchmark : KernelBenchmark
{
    const int BlockSize = 16, Blocks = AttentionWork.Keys / BlockSize;

    AttentionSequence[] _sequences = [];
    KvCache _cache = null!;
    Activations _qkv = null!, _y = null!;

    [ParamsSource(nameof(Works))]
    public AttentionWork Work { get; set; } = null!;

    public static IEnumerable<AttentionWork> Works =>
        from shape in ((DataType Type, int Heads, int KvHeads, int HeadDim)[])
            [(DataType.BFloat16, 14, 2, 64), (DataType.Float32, 14, 2, 64), (DataType.BFloat16, 6, 2, 32), (DataType.BFloat16, 16, 16, 64)]
        from batch in ((int Sequences, int Rows)[])[(1, 1), (2, 1), (16, 1), (1, 128), (1, 512)]
        select new AttentionWork(shape.Type, shape.Heads, shape.KvHeads, shape.HeadDim, batch.Sequences, batch.Rows);

    [GlobalSetup]
    public void Setup()
    {
        var (sequences, rows) = (Work.Sequences, Work.Rows);
        _cache = new KvCache(1, Work.KvHeads, Work.HeadDim, sequences * Blocks, BlockSize, Work.Type);
        _qkv = Rows.Random(sequences * rows, (Work.Heads + 2 * Work.KvHeads) * Work.HeadDim, Work.Type, seed: 3);
        _y = new Activations(sequences * rows, Work.Heads * Work.HeadDim, Work.Type);
        _sequences = [.. Enumerable.Range(0, sequences).Select(s =>
            new AttentionSequence(s * rows, rows, AttentionWork.Keys - rows, [.. Enumerable.Range(s * Blocks, Blocks)]))];
    }

    [Benchmark]
    public void Attention() => Cpu.Attention(_qkv, _sequences, _cache, 0, 0.1f, _y);

    public override void Dispose()
    {
        _cache.Dispose();
        _qkv.Dispose();
        _y.Dispose();
        base.Dispose();
    }
}
