using BenchmarkDotNet.Attributes;
using OrleansInfer.Kernels;
using OrleansInfer.Kernels.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>Attention of decoding sequences and of prompt chunks over a paged cache whose blocks lie in no order.</summary>
public class AttentionBenchmark : KernelBenchmark
{
    const int BlockSize = 16;

    AttentionSequence[] _sequences = [];
    KvCache _cache = null!;
    Activations _qkv = null!, _y = null!;
    int _next;

    [ParamsSource(nameof(Works))]
    public AttentionWork Work { get; set; } = null!;

    public static IEnumerable<AttentionWork> Works =>
        from shape in Shapes
        from batch in ((int Sequences, int Rows, int Keys)[])
            [(1, 1, 2000), (16, 1, 2000), (1, 1, 32_768), (32, 1, 160), (1, 128, 128), (1, 512, 2000), (1, 512, 16_384)]
        select new AttentionWork(
            shape.Type, shape.CacheType, shape.Heads, shape.KvHeads, shape.HeadDim, batch.Sequences, batch.Rows, batch.Keys);

    static (DataType Type, DataType CacheType, int Heads, int KvHeads, int HeadDim)[] Shapes =>
    [
        (DataType.BFloat16, DataType.BFloat16, 14, 2, 64), (DataType.BFloat16, DataType.Int8, 14, 2, 64),
        (DataType.Float32, DataType.Float32, 14, 2, 64), (DataType.BFloat16, DataType.BFloat16, 6, 2, 32),
        (DataType.BFloat16, DataType.BFloat16, 16, 16, 64), (DataType.BFloat16, DataType.BFloat16, 32, 8, 128),
    ];

    /// <summary>As many layers as no cache holds: pages come from memory, as in a network.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var (rows, blocks) = (Work.Rows, (Work.Keys + BlockSize - 1) / BlockSize);
        var order = Enumerable.Range(0, Work.Sequences * blocks).ToArray();
        new Random(1).Shuffle(order);
        var tables = order.Chunk(blocks).ToArray();
        var layers = (int)Math.Clamp(100_000_000 / Work.Bytes, 1, 24);
        _cache = new KvCache(layers, Work.KvHeads, Work.HeadDim, order.Length, BlockSize, Work.CacheType);
        using var tokens = Rows.Random(Work.Keys, (Work.Heads + 2 * Work.KvHeads) * Work.HeadDim, Work.Type, seed: 3);
        var rotary = new RotaryTable(Work.HeadDim, new float[Work.HeadDim / 2], 1, Work.Keys); // of frequency 0: nothing turns
        int[] positions = [.. Enumerable.Range(0, Work.Keys)];
        for (var layer = 0; layer < layers; layer++)
        {
            foreach (var table in tables)
                Cpu.RotateAndCache(tokens, Work.Keys, [new(0, Work.Keys, 0, table)], positions, rotary, null, _cache, layer);
        }
        _qkv = Rows.Random(Work.Sequences * rows, tokens.Columns, Work.Type, seed: 4);
        _y = new Activations(Work.Sequences * rows, Work.Heads * Work.HeadDim, Work.Type);
        _sequences = [.. tables.Select((table, s) => new AttentionSequence(s * rows, rows, Work.Keys - rows, table))];
    }

    [Benchmark]
    public void Attention() => Cpu.Attention(_qkv, _sequences, _cache, _next++ % _cache.Layers, 0.1f, _y);

    public override void Dispose()
    {
        _cache.Dispose();
        _qkv.Dispose();
        _y.Dispose();
        base.Dispose();
    }
}
