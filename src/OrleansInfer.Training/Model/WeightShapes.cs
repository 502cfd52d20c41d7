using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>Names and shapes of a model's tensors, and fresh ones to start training from.</summary>
internal static class WeightShapes
{
    /// <summary>Every tensor of the model, matrices as [out, in].</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(ReferenceConfig config)
    {
        yield return ("model.embed_tokens.weight", [config.VocabularySize, config.HiddenSize]);
        for (var layer = 0; layer < config.Layers; layer++)
            foreach (var (name, shape) in OfLayer(config))
                yield return ($"model.layers.{layer}.{name}", shape);
        yield return ("model.norm.weight", [config.HiddenSize]);
        if (!config.TiedEmbeddings)
            yield return ("lm_head.weight", [config.VocabularySize, config.HiddenSize]);
    }

    /// <summary>
    /// Normal with deviation 0.02, ones for norms, zeros for biases. What writes into the residual stream is scaled down by the
    /// number of writers (GPT-2), so that its size at the start does not depend on the depth.
    /// </summary>
    public static Dictionary<string, Tensor> Initialize(ReferenceConfig config, int seed)
    {
        using var generator = new Generator((ulong)seed);
        return Of(config).ToDictionary(w => w.Name, w => Initialize(w.Name, w.Shape, config.Layers, generator));
    }

    static Tensor Initialize(string name, long[] shape, int layers, Generator generator)
    {
        if (name.EndsWith("norm.weight", StringComparison.Ordinal))
            return ones(shape, requires_grad: true);
        if (name.EndsWith(".bias", StringComparison.Ordinal))
            return zeros(shape, requires_grad: true);
        var residual = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
        var deviation = 0.02 / (residual ? Math.Sqrt(2 * layers) : 1);
        using var sample = randn(shape, generator: generator);
        return (sample * deviation).requires_grad_();
    }

    static IEnumerable<(string Name, long[] Shape)> OfLayer(ReferenceConfig config)
    {
        var (hidden, inner) = (config.HiddenSize, config.IntermediateSize);
        yield return ("input_layernorm.weight", [hidden]);
        foreach (var (which, heads) in new[] { ("q", config.Heads), ("k", config.KeyValueHeads), ("v", config.KeyValueHeads) })
        {
            yield return ($"self_attn.{which}_proj.weight", [heads * config.HeadDim, hidden]);
            if (config.QkvBias)
                yield return ($"self_attn.{which}_proj.bias", [heads * config.HeadDim]);
            if (config.QueryKeyNorms && which != "v")
                yield return ($"self_attn.{which}_norm.weight", [config.HeadDim]);
        }
        yield return ("self_attn.o_proj.weight", [hidden, config.Heads * config.HeadDim]);
        if (config.OutputBias)
            yield return ("self_attn.o_proj.bias", [hidden]);
        yield return ("post_attention_layernorm.weight", [hidden]);
        yield return ("mlp.gate_proj.weight", [inner, hidden]);
        yield return ("mlp.up_proj.weight", [inner, hidden]);
        yield return ("mlp.down_proj.weight", [hidden, inner]);
    }
}
