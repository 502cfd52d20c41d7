using System.Runtime.InteropServices;

namespace OrleansInfer.Kernels.Tests;

/// <summary>Contexts of several key ranges, which threads share.</summary>
public sealed class AttentionRangeTests
{
    [Theory]
    [InlineData(6, 2, 32, DataType.BFloat16, DataType.BFloat16)]
    [InlineData(7, 1, 16, DataType.Float32, DataType.Float32)]
    [InlineData(3, 1, 48, DataType.BFloat16, DataType.Int8)]
    public void A_row_is_the_same_bits_whoever_computes_its_ranges(int heads, int kvHeads, int headDim, DataType type, DataType cache)
    {
        const int tokens = 2 * KeyRange.Length + 70, blocks = tokens / 16 + 1;
        List<byte[]> whole = [];
        foreach (var threads in new[] { 1, 2, 5 })
        {
            using var kernels = CpuKernels.Create(threads);
            using var model = new PagedModel(kernels, heads, kvHeads, headDim, type, cacheType: cache, positions: tokens + 10);
            if (threads == 1) whole = model.Step((0, 0, tokens, model.BlockTable(1, 0, blocks)));
            var (table, other) = (model.BlockTable(threads, 0, blocks), model.BlockTable(threads, 1, blocks));
            var random = new Random(threads);
            for (var done = 0; done < tokens;)
            {
                // single tokens around the ends of ranges, where a chunk's first rows see another number of ranges than its last
                var near = done % KeyRange.Length is > KeyRange.Length - 4 or < 4;
                var count = Math.Min(near ? 1 : random.Next(1, 180), tokens - done);
                var rows = model.Step((1, 0, 3, other), (0, done, count, table));
                for (var i = 0; i < count; i++) Assert.Equal(whole[done + i], rows[3 + i]);
                done += count;
            }
        }
    }

    [Theory]
    [InlineData(DataType.Float32)]
    [InlineData(DataType.Int8)]
    public void A_context_of_32768_tokens_is_attended_as_the_reference_does(DataType cache)
    {
        const int tokens = 32_768, chunk = 2048;
        using var kernels = CpuKernels.Create(2);
        using var model = new PagedModel(kernels, 3, 1, 16, DataType.Float32, blockSize: 32, cache, positions: tokens);
        var table = model.BlockTable(1, 0, tokens / 32);
        List<byte[]> last = [];
        for (var first = 0; first < tokens; first += chunk) last = model.Step((0, first, chunk, table));

        var alone = model.Step((0, tokens - 1, 1, table));

        Assert.Equal(last[^1], alone[0]);
        var expected = model.Reference(0, tokens - 1);
        var actual = MemoryMarshal.Cast<byte, float>(alone[0]);
        for (var i = 0; i < expected.Length; i++) Rows.Near(expected[i], actual[i], DataType.Float32, 10);
    }

    [Fact]
    public void A_block_table_addresses_more_than_262144_tokens()
    {
        const int blockSize = 16, headDim = 16, blocks = 7, filled = blocks * blockSize, position = (1 << 18) + 100;
        using var kernels = CpuKernels.Create(2);
        using var cache = new KvCache(1, 1, headDim, blocks, blockSize, DataType.Float32);
        using var qkv = Rows.Random(filled, 3 * headDim, DataType.Float32, seed: 1, scale: 2);
        var rotary = new RotaryTable(headDim, new float[headDim / 2], 1, filled); // of frequency 0: nothing turns
        int[] all = [.. Enumerable.Range(0, filled)];
        kernels.RotateAndCache(qkv, filled, [new(0, filled, 0, [.. Enumerable.Range(0, blocks)])], all, rotary, null, cache, 0);
        // a long history of which each block stands for many
        int[] table = [.. Enumerable.Range(0, position / blockSize + 1).Select(i => i * 3 % blocks)];
        using var y = new Activations(1, headDim, DataType.Float32);

        kernels.Attention(qkv, [new(0, 1, position, table)], cache, 0, 0.5f, y);

        var (sum, total) = (new double[headDim], 0.0);
        for (var p = 0; p <= position; p++)
        {
            var row = qkv.FloatRow(table[p / blockSize] * blockSize + p % blockSize);
            var score = 0.0;
            for (var d = 0; d < headDim; d++) score += 0.5 * qkv.FloatRow(0)[d] * row[headDim + d];
            total += Math.Exp(score);
            for (var d = 0; d < headDim; d++) sum[d] += Math.Exp(score) * row[2 * headDim + d];
        }
        for (var d = 0; d < headDim; d++) Rows.Near(sum[d] / total, y.Get(0, d), DataType.Float32, 10);
    }
}
