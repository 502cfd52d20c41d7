namespace OrleansInfer.Kernels.Tests;

/// <summary>Every kernel once, as a layer of a network calls them, large enough that several threads take part.</summary>
internal sealed class SmallLayer : IDisposable
{
    public const int Columns = 192;

    const int Heads = 6;
    const int KvHeads = 2;
    const int HeadDim = 32;
    const int MaxRows = 160;

    readonly CpuKernels kernels;
    readonly Matrix embedding = new(300, Columns, WeightType.BF16, seed: 1, scale: 1);
    readonly Matrix[] weights;
    readonly Linear[] linears;
    readonly EmbeddingTable table;
    readonly NormWeight norm = new([.. Enumerable.Range(0, Columns).Select(i => 0.5f + i % 9 * 0.1f)]);
    readonly RotaryTable rotary = new(HeadDim, [.. Enumerable.Range(0, HeadDim / 2).Select(i => 1f / (1 + i * i))], 1, MaxRows);
    readonly KvCache cache;
    readonly Activations hidden = new(MaxRows, Columns, DataType.Float32);
    readonly Activations normed;
    readonly Activations qkv;
    readonly Activations attended;
    readonly Activations projected;
    readonly Activations gateUp;
    readonly Activations product;
    readonly Activations logits;
    readonly AttentionSequence[] sequences;
    readonly int[] tokens = [.. Enumerable.Range(0, MaxRows).Select(i => i * 37 % 300)];
    readonly int[] positions = [.. Enumerable.Range(0, MaxRows)];

    public SmallLayer(CpuKernels kernels, DataType type)
    {
        this.kernels = kernels;
        (int Out, int In)[] shapes =
            [((Heads + 2 * KvHeads) * HeadDim, Columns), (Columns, Heads * HeadDim), (1024, Columns), (Columns, 512), (300, Columns)];
        weights = [.. shapes.Select((s, i) => new Matrix(s.Out, s.In, WeightType.F32, seed: 10 + i, scale: 0.2f))];
        linears = [.. weights.Select(w => kernels.CreateLinear([w.View], type))];
        table = kernels.CreateEmbedding(embedding.View);
        cache = new KvCache(1, KvHeads, HeadDim, MaxRows / 16, 16, type);
        (normed, projected) = (new Activations(MaxRows, Columns, type), new Activations(MaxRows, Columns, type));
        (qkv, attended) = (new Activations(MaxRows, shapes[0].Out, type), new Activations(MaxRows, Heads * HeadDim, type));
        (gateUp, product) = (new Activations(MaxRows, 1024, type), new Activations(MaxRows, 512, type));
        logits = new Activations(MaxRows, 300, type);
        sequences = [new AttentionSequence(0, 1, 0, [.. Enumerable.Range(0, MaxRows / 16).Reverse()])];
    }

    public float[] Logits { get; } = new float[MaxRows * 300];

    public void Step(int rows)
    {
        sequences[0] = sequences[0] with { NumRows = rows };
        kernels.Embed(table, tokens.AsSpan(0, rows), hidden);
        kernels.RmsNorm(hidden, [], rows, norm, 1e-6f, normed);
        kernels.Forward(linears[0], normed, rows, qkv);
        kernels.RotateAndCache(qkv, rows, sequences, positions, rotary, null, cache, 0);
        kernels.Attention(qkv, sequences, cache, 0, 0.2f, attended);
        kernels.Forward(linears[1], attended, rows, projected);
        kernels.AddRmsNorm(hidden, projected, rows, norm, 1e-6f, normed);
        kernels.Forward(linears[2], normed, rows, gateUp);
        kernels.SiluMul(gateUp, rows, product);
        kernels.Forward(linears[3], product, rows, projected);
        kernels.Add(hidden, projected, rows);
        kernels.RmsNorm(hidden, positions.AsSpan(rows / 2, 1), 1, norm, 1e-6f, normed);
        kernels.Forward(linears[4], normed, 1, logits);
        kernels.ToFloat(logits, 1, Logits);
    }

    public void Dispose()
    {
        foreach (var linear in linears) linear.Dispose();
        foreach (var weight in weights) weight.Dispose();
        foreach (var x in new[] { hidden, normed, qkv, attended, projected, gateUp, product, logits }) x.Dispose();
        embedding.Dispose();
        cache.Dispose();
    }
}
