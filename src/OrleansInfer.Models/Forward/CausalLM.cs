using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>
/// The decoder-only transformer of Llama (Touvron et al. 2023), Mistral, Qwen2 and Qwen3: they differ in biases and in norms of
/// queries and keys.
/// </summary>
public sealed class CausalLM : ICausalLM
{
    readonly Checkpoint _weights;
    readonly ModelConfig _config;
    readonly CpuKernels _kernels;
    readonly DataType _type;
    readonly DataType _kvType;
    readonly EmbeddingTable _embedding;
    readonly DecoderLayer[] _layers;
    readonly NormWeight _finalNorm;
    readonly Linear _head;
    readonly RotaryTable _rotary;
    KvCache? _cache;
    Workspace _work;
    Activations _headRows;
    float[] _logits = [];
    bool _disposed;

    CausalLM(
        Checkpoint weights, ModelConfig config, CpuKernels kernels, DataType type, ModelQuantization quantization, Action<double>? progress)
    {
        (_weights, _config, _kernels, _type, _kvType) = (weights, config, kernels, type, quantization.KvType ?? type);
        var table = weights.Get("model.embed_tokens.weight", config.VocabSize, config.HiddenSize);
        _embedding = kernels.CreateEmbedding(table);
        var linears = new LinearLoader(weights, config, new LinearFormats(weights, config, quantization), kernels, type);
        _layers = new DecoderLayer[config.NumHiddenLayers];
        for (var i = 0; i < _layers.Length; i++)
        {
            _layers[i] = DecoderLayer.Load(weights, config, i, linears);
            progress?.Invoke((i + 1.0) / (_layers.Length + 1));
        }
        _finalNorm = new NormWeight(weights.Get("model.norm.weight", config.HiddenSize));
        _head = linears.Load([NetworkLinears.Head(config)]);
        var frequencies = config.Rope.InverseFrequencies(config.HeadDim);
        _rotary = new RotaryTable(config.HeadDim, frequencies, (float)config.Rope.AttentionScaling, config.MaxModelLen);
        _work = new Workspace(config, type, rows: 64);
        _headRows = new Activations(64, config.VocabSize, type);
        progress?.Invoke(1);
    }

    public int VocabSize => _config.VocabSize;

    public int MaxModelLen => _config.MaxModelLen;

    public long KvBytesPerToken => KvCache.BytesPerToken(_config.NumHiddenLayers, _config.NumKeyValueHeads, _config.HeadDim, _kvType);

    /// <summary>Memory of the weights of all linears, which a step reads whole.</summary>
    public long WeightBytes => Linears.Sum(linear => linear.Bytes);

    /// <summary>In the order of a pass.</summary>
    internal IEnumerable<Linear> Linears => [.. _layers.SelectMany(layer => layer.Linears), _head];

    /// <summary>Packs the weights and takes over <paramref name="weights"/>: rows of the embedding are read from the mapped file.</summary>
    /// <param name="quantization">Of linears that the checkpoint holds in full precision, and of the KV cache. Null: none.</param>
    /// <param name="progress">Called with the share that is done, 0 to 1.</param>
    /// <exception cref="ModelLoadException">
    /// A tensor is missing or of the wrong shape, or <paramref name="quantization"/> does not fit the checkpoint.
    /// </exception>
    public static CausalLM Load(
        Checkpoint weights, ModelConfig config, CpuKernels kernels, DataType type, ModelQuantization? quantization = null,
        Action<double>? progress = null)
    {
        try
        {
            return new(weights, config, kernels, type, quantization ?? ModelQuantization.None, progress);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public void AllocateKvCache(int numBlocks, int blockSize)
    {
        if (_cache is not null) throw new InvalidOperationException("The KV cache is allocated already.");
        _cache = new KvCache(_config.NumHiddenLayers, _config.NumKeyValueHeads, _config.HeadDim, numBlocks, blockSize, _kvType);
    }

    public ReadOnlySpan<float> Forward(ForwardBatch batch)
    {
        if (_cache is null) throw new InvalidOperationException("AllocateKvCache comes first.");
        Reserve(batch.NumTokens, batch.NumLogitsRows);
        _kernels.Embed(_embedding, batch.TokenIds, _work.Hidden);
        for (var i = 0; i < _layers.Length; i++) Forward(batch, i);
        return batch.NumLogitsRows == 0 ? [] : Logits(batch);
    }

    /// <summary>May be called again: a container that knows one object by two names disposes it twice.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var layer in _layers) layer.Dispose();
        _head.Dispose();
        _work.Dispose();
        _headRows.Dispose();
        _cache?.Dispose();
        _weights.Dispose();
    }

    void Forward(ForwardBatch batch, int index)
    {
        var (layer, w, rows) = (_layers[index], _work, batch.NumTokens);
        // The residual of the layer before is added in the same pass over the row as this layer's norm.
        var normed = w.InputOf(layer.Qkv);
        if (index == 0) _kernels.RmsNorm(w.Hidden, [], rows, layer.InputNorm, _config.RmsNormEps, normed);
        else _kernels.AddRmsNorm(w.Hidden, w.Delta, rows, layer.InputNorm, _config.RmsNormEps, normed);

        _kernels.Forward(layer.Qkv, normed, rows, w.Qkv);
        _kernels.RotateAndCache(w.Qkv, rows, batch.Sequences, batch.Positions, _rotary, layer.QkNorm, _cache!, index);
        _kernels.Attention(w.Qkv, batch.Sequences, _cache!, index, 1 / MathF.Sqrt(_config.HeadDim), w.Attention);
        _kernels.Forward(layer.Output, AttentionInput(layer.Output, rows), rows, w.Delta);

        normed = w.InputOf(layer.GateUp);
        _kernels.AddRmsNorm(w.Hidden, w.Delta, rows, layer.PostAttentionNorm, _config.RmsNormEps, normed);
        _kernels.Forward(layer.GateUp, normed, rows, w.GateUp);
        var gated = w.InputOf(layer.Down);
        _kernels.SiluMul(w.GateUp, rows, gated);
        _kernels.Forward(layer.Down, gated, rows, w.Delta);
    }

    /// <summary>The heads of a row are different tasks of attention: only when all are done can the row be quantized.</summary>
    Activations AttentionInput(Linear linear, int rows)
    {
        if (linear.InputType == _work.Attention.Type) return _work.Attention;
        var input = _work.InputOf(linear);
        _kernels.Quantize(_work.Attention, rows, input);
        return input;
    }

    ReadOnlySpan<float> Logits(ForwardBatch batch)
    {
        var (w, rows) = (_work, batch.NumLogitsRows);
        var normed = w.InputOf(_head);
        _kernels.Add(w.Hidden, w.Delta, batch.NumTokens);
        _kernels.RmsNorm(w.Hidden, batch.LogitsRows, rows, _finalNorm, _config.RmsNormEps, normed);
        _kernels.Forward(_head, normed, rows, _headRows);
        var logits = _logits.AsSpan(0, rows * VocabSize); // [logits rows, vocabulary]
        _kernels.ToFloat(_headRows, rows, logits);
        return logits;
    }

    /// <summary>Grows the buffers to the largest batch seen, so that a step of a settled engine allocates nothing.</summary>
    void Reserve(int rows, int logitsRows)
    {
        if (rows > _work.Rows)
        {
            _work.Dispose();
            _work = new Workspace(_config, _type, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)rows));
        }
        if (_logits.Length >= (long)logitsRows * VocabSize) return;
        var capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)logitsRows);
        _headRows.Dispose();
        _headRows = new Activations(capacity, VocabSize, _type);
        _logits = new float[(long)capacity * VocabSize];
    }
}
