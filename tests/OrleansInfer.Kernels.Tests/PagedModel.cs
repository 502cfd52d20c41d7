namespace OrleansInfer.Kernels.Tests;

/// <summary>
/// One layer's attention of some sequences, run through the kernels in any cut, and a slow reference that keeps whole keys and values.
/// A token's q, k and v are a function of its sequence and position alone.
/// </summary>
internal sealed class PagedModel(
    CpuKernels kernels, int heads, int kvHeads, int headDim, DataType type,
    int blockSize = 16, DataType? cacheType = null, int positions = 600) : IDisposable
{
    public const int Layer = 1;

    const float AttentionScaling = 1.25f; // as long-context scalings have it; it multiplies q and k

    readonly DataType cacheType = cacheType ?? type;
    readonly RotaryTable rotary = new(headDim, Frequencies(headDim), AttentionScaling, positions);
    readonly float[] frequencies = Frequencies(headDim);

    public QkNorm? Norms { get; init; }

    public KvCache Cache { get; } = new(2, kvHeads, headDim, NumBlocks(positions), blockSize, cacheType ?? type);

    public int Columns => (heads + 2 * kvHeads) * headDim;

    public float Scale => 1 / MathF.Sqrt(headDim);

    public void Dispose() => Cache.Dispose();

    /// <summary>Blocks in an order of their own for each seed.</summary>
    public int[] BlockTable(int seed, int index, int blocks)
    {
        var all = Enumerable.Range(0, Cache.NumBlocks).ToArray();
        new Random(seed).Shuffle(all);
        return all[(index * blocks)..((index + 1) * blocks)];
    }

    /// <summary>One step over parts of sequences: the bits of each row of the result, in the order given.</summary>
    public List<byte[]> Step(params (int Sequence, int First, int Count, int[] Table)[] parts)
    {
        var rows = parts.Sum(p => p.Count);
        using var qkv = new Activations(rows, Columns, type);
        using var y = new Activations(rows, heads * headDim, type);
        var sequences = new List<AttentionSequence>();
        var positions = new List<int>();
        foreach (var (sequence, first, count, table) in parts)
        {
            sequences.Add(new AttentionSequence(positions.Count, count, first, table));
            for (var i = 0; i < count; i++)
            {
                for (var c = 0; c < Columns; c++) qkv.Set(positions.Count, c, Input(sequence, first + i, c));
                positions.Add(first + i);
            }
        }
        kernels.RotateAndCache(qkv, rows, sequences.ToArray(), positions.ToArray(), rotary, Norms, Cache, Layer);
        kernels.Attention(qkv, sequences.ToArray(), Cache, Layer, Scale, y);
        return [.. Enumerable.Range(0, rows).Select(y.Bits)];
    }

    /// <summary>The exact attention of the token at a position, [heads * headDim].</summary>
    public double[] Reference(int sequence, int position)
    {
        var result = new double[heads * headDim];
        var v = Enumerable.Range(0, position + 1).Select(p => Values(sequence, p)).ToArray();
        var k = Enumerable.Range(0, position + 1).Select(p => Keys(sequence, p)).ToArray();
        for (var head = 0; head < heads; head++)
        {
            var kv = head / (heads / kvHeads);
            var q = Head(sequence, position, head, Norms?.Query).Select(x => Stored(x)).ToArray();
            var scores = new double[position + 1];
            for (var p = 0; p <= position; p++)
            {
                for (var d = 0; d < headDim; d++) scores[p] += q[d] * k[p][kv][d] * Scale;
            }
            var max = scores.Max();
            var weights = scores.Select(s => Math.Exp(s - max)).ToArray();
            var total = weights.Sum();
            for (var p = 0; p <= position; p++)
            {
                for (var d = 0; d < headDim; d++) result[head * headDim + d] += weights[p] / total * v[p][kv][d];
            }
        }
        return result;
    }

    static float[] Frequencies(int headDim) =>
        [.. Enumerable.Range(0, headDim / 2).Select(i => (float)Math.Pow(10000, -2.0 * i / headDim))];

    static float Input(int sequence, int position, int column)
    {
        var mixed = unchecked((uint)(sequence * 73856093) ^ (uint)(position * 19349663) ^ (uint)(column * 83492791)) * 2654435761u;
        mixed ^= mixed >> 15;
        mixed *= 2246822519u;
        return (mixed >> 8) / (float)(1 << 24) * 4 - 2;
    }

    static int NumBlocks(int positions) => positions / 3; // of 16: for five such sequences, or one and some short ones

    float Stored(double value) => Stored(type, value);

    static float Stored(DataType type, double value) =>
        type == DataType.Float32 ? (float)value : BFloat16Element.ToFloat(BFloat16Element.FromFloat((float)value));

    /// <summary>What is left of a head's elements after the cache has held them.</summary>
    float[] Cached(float[] x)
    {
        if (cacheType != DataType.Int8) return [.. x.Select(value => Stored(cacheType, value))];
        var largest = x.Max(MathF.Abs);
        return [.. x.Select(value => MathF.Round(value * (127 / largest)) * (largest / 127))];
    }

    float[][] Keys(int sequence, int position) =>
        [.. Enumerable.Range(heads, kvHeads).Select(head => Cached(Head(sequence, position, head, Norms?.Key)))];

    float[][] Values(int sequence, int position) =>
        [.. Enumerable.Range(heads + kvHeads, kvHeads).Select(head => Cached(
            [.. Enumerable.Range(0, headDim).Select(d => Stored(Input(sequence, position, head * headDim + d)))]))];

    /// <summary>A head of q or k after its norm and rotation, not rounded yet.</summary>
    float[] Head(int sequence, int position, int head, NormWeight? norm)
    {
        var x = Enumerable.Range(0, headDim).Select(d => (double)Stored(Input(sequence, position, head * headDim + d))).ToArray();
        if (norm is not null)
        {
            var rms = Math.Sqrt(x.Sum(v => v * v) / headDim + Norms!.Eps);
            for (var d = 0; d < headDim; d++) x[d] = x[d] / rms * norm.Values[d];
        }
        var result = new float[headDim];
        for (var d = 0; d < headDim / 2; d++)
        {
            var (sin, cos) = Math.SinCos((double)position * frequencies[d]);
            (sin, cos) = (sin * AttentionScaling, cos * AttentionScaling);
            result[d] = (float)(x[d] * cos - x[d + headDim / 2] * sin);
            result[d + headDim / 2] = (float)(x[d + headDim / 2] * cos + x[d] * sin);
        }
        return result;
    }
}
