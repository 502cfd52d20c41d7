using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels.Tests;

public sealed class AttentionTests : IDisposable
{
    readonly CpuKernels kernels = CpuKernels.Create(2);

    public void Dispose() => kernels.Dispose();

    [Theory]
    [InlineData(4, 4, 32, DataType.Float32, DataType.Float32, 16, false)]
    [InlineData(14, 2, 64, DataType.Float32, DataType.Float32, 16, false)]
    [InlineData(6, 2, 32, DataType.BFloat16, DataType.BFloat16, 16, false)]
    [InlineData(8, 1, 80, DataType.BFloat16, DataType.BFloat16, 32, true)]
    [InlineData(3, 3, 16, DataType.Float32, DataType.Float32, 48, true)]
    [InlineData(5, 1, 128, DataType.Float32, DataType.Float32, 16, true)]
    [InlineData(2, 2, 96, DataType.BFloat16, DataType.BFloat16, 64, false)]
    [InlineData(22, 2, 256, DataType.Float32, DataType.Float32, 16, false)]
    [InlineData(13, 1, 48, DataType.Float32, DataType.BFloat16, 16, false)]
    [InlineData(14, 2, 64, DataType.Float32, DataType.Int8, 16, false)]
    [InlineData(6, 2, 32, DataType.BFloat16, DataType.Int8, 16, true)]
    [InlineData(9, 3, 16, DataType.Float32, DataType.Int8, 48, false)]
    [InlineData(17, 1, 112, DataType.Float32, DataType.Int8, 32, true)]
    [InlineData(2, 1, 256, DataType.BFloat16, DataType.Int8, 128, false)]
    public void Attends_as_the_reference_does(
        int heads, int kvHeads, int headDim, DataType type, DataType cache, int blockSize, bool norms)
    {
        using var model = Model(heads, kvHeads, headDim, type, blockSize, norms, cache);
        var table = model.BlockTable(1, 0, 8);

        var rows = model.Step((0, 0, 75, table));

        foreach (var position in new[] { 0, 1, 15, 16, 17, 47, 48, 74 })
        {
            var expected = model.Reference(0, position);
            for (var i = 0; i < expected.Length; i++) Rows.Near(expected[i], Element(rows[position], i, type), type, 50);
        }
    }

    [Theory]
    [InlineData(6, 2, 32, DataType.BFloat16, DataType.BFloat16)]
    [InlineData(14, 2, 64, DataType.BFloat16, DataType.BFloat16)]
    [InlineData(14, 2, 64, DataType.Float32, DataType.Float32)]
    [InlineData(4, 4, 48, DataType.Float32, DataType.Float32)]
    [InlineData(10, 2, 32, DataType.BFloat16, DataType.Int8)]
    [InlineData(9, 1, 16, DataType.Float32, DataType.Int8)]
    public void A_row_is_the_same_bits_in_any_chunk_batch_and_block_table(
        int heads, int kvHeads, int headDim, DataType type, DataType cache)
    {
        const int Tokens = 150;
        using var model = Model(heads, kvHeads, headDim, type, 16, norms: false, cache);
        var whole = model.Step((0, 0, Tokens, model.BlockTable(1, 0, 10)));
        var random = new Random(7);
        for (var trial = 0; trial < 4; trial++)
        {
            var tables = Enumerable.Range(0, 3).Select(i => model.BlockTable(trial + 2, i, 10)).ToArray();
            var done = new int[3];
            while (done[0] < Tokens)
            {
                // sequence 0 goes on by a chunk of random length, beside others at positions of their own
                var parts = new List<(int, int, int, int[])>();
                foreach (var sequence in new[] { 1, 0, 2 })
                {
                    var count = Math.Min(random.Next(4) == 0 ? random.Next(1, 40) : 1, Tokens - done[sequence]);
                    if (count > 0) parts.Add((sequence, done[sequence], count, tables[sequence]));
                }
                var rows = model.Step([.. parts]);
                foreach (var (sequence, first, count, _) in parts)
                {
                    for (var i = 0; sequence == 0 && i < count; i++) Assert.Equal(whole[first + i], rows[i + Before(parts)]);
                    done[sequence] = first + count;
                }
            }
        }

        static int Before(List<(int Sequence, int, int Count, int[])> parts) => parts.TakeWhile(p => p.Sequence != 0).Sum(p => p.Count);
    }

    [Fact]
    public void What_a_block_held_before_is_never_read()
    {
        using var model = Model(6, 2, 32, DataType.BFloat16, 16, norms: false);
        var table = model.BlockTable(1, 0, 3);
        var clean = model.Step((0, 0, 37, table));
        unsafe
        {
            // NaN in every slot of every block, as a broken sequence might leave it
            new Span<ushort>(model.Cache.Keys(0), (int)(model.Cache.Bytes / 4)).Fill(0x7fff);
            new Span<ushort>(model.Cache.Values(0), (int)(model.Cache.Bytes / 4)).Fill(0x7fff);
        }

        var again = model.Step((0, 0, 37, table));

        Assert.Equal(clean, again);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(33)]
    public unsafe void A_key_that_is_no_number_shows_in_every_row_that_sees_it(int broken)
    {
        using var model = Model(6, 2, 32, DataType.Float32, 16, norms: false);
        var table = model.BlockTable(1, 0, 4);
        model.Step((0, 0, 50, table));
        var page = table[broken / 16] * model.Cache.KvHeads * model.Cache.HeadBytes; // of the first head
        ((float*)(model.Cache.Keys(PagedModel.Layer) + page))[broken % 16] = float.NaN;

        var rows = model.Step((0, 50, 5, table));

        foreach (var row in rows) Assert.True(float.IsNaN(Element(row, 0, DataType.Float32)));
    }

    [Fact]
    public void Bad_sequences_are_refused()
    {
        using var model = Model(6, 2, 32, DataType.Float32, 16, norms: false);

        Assert.Throws<ArgumentException>(() => model.Step((0, 0, 17, [3])));
        Assert.Throws<ArgumentException>(() => model.Step((0, 0, 4, [200])));
        Assert.Throws<ArgumentException>(() => model.Step((0, -1, 4, [1])));
        Assert.Throws<ArgumentException>(() => model.Step((0, 600, 1, [.. Enumerable.Range(0, 100)])));
        Assert.Throws<ArgumentException>(() => new KvCache(1, 1, 24, 1, 16, DataType.Float32));
        Assert.Throws<ArgumentException>(() => new KvCache(1, 1, 32, 1, 8, DataType.Float32));
        Assert.Throws<ArgumentException>(() => new KvCache(1, 1, 32, 1, 16, DataType.Int16));
    }

    [Theory]
    [InlineData(DataType.Float32, 3 * 2 * 2 * 32 * 4)]
    [InlineData(DataType.BFloat16, 3 * 2 * 2 * 32 * 2)]
    [InlineData(DataType.Int8, 3 * 2 * 2 * (32 + 4))]
    public void Bytes_are_those_of_all_tokens(DataType type, int perToken)
    {
        using var cache = new KvCache(3, 2, 32, 5, 16, type);

        Assert.Equal(perToken, KvCache.BytesPerToken(3, 2, 32, type));
        Assert.Equal(5 * 16 * perToken, cache.Bytes);
    }

    PagedModel Model(int heads, int kvHeads, int headDim, DataType type, int blockSize, bool norms, DataType? cache = null)
    {
        var gains = Enumerable.Range(0, 2 * headDim).Select(i => 0.5f + i % 7 * 0.2f).ToArray();
        var qk = norms ? new QkNorm(new NormWeight(gains.AsSpan(0, headDim)), new NormWeight(gains.AsSpan(headDim)), 1e-6f) : null;
        return new PagedModel(kernels, heads, kvHeads, headDim, type, blockSize, cache) { Norms = qk };
    }

    static float Element(byte[] row, int i, DataType type) => type == DataType.Float32
        ? MemoryMarshal.Cast<byte, float>(row)[i]
        : BFloat16Element.ToFloat(MemoryMarshal.Cast<byte, ushort>(row)[i]);
}
