using OrleansInfer.Models;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>Names and shapes of a model's tensors, and fresh ones to start training from.</summary>
internal static class WeightShapes
{
    /// <summary>Every tensor of the model, matrices as [out, in].</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(ModelConfig config)
    {
        yield return ("model.embed_tokens.weight", [config.VocabSize, config.HiddenSize]);
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
            foreach (var (name, shape) in OfLayer(config))
                yield return ($"model.layers.{layer}.{name}", shape);
        yield return ("model.norm.weight", [config.HiddenSize]);
        if (!config.TieWordEmbeddings)
            yield return ("lm_head.weight", [config.VocabSize, config.HiddenSize]);
    }

    /// <summary>
    /// Normal with deviation 0.02, ones for norms, zeros for biases. What writes into the residual stream is scaled down by the
    /// number of writers (GPT-2), so that its size at the start does not depend on the depth.
    /// </summary>
    public static Dictionary<string, Tensor> Initialize(ModelConfig config, int seed)
    {
        using var generator = new Generator((ulong)seed);
        return Of(config).ToDictionary(w => w.Name, w => Initialize(w.Name, w.Shape, config.NumHiddenLayers, generator));
    }

    static Tensor Initialize(string name, long[] shape, int layers, Generator generator)
    {
        if (name.EndsWith("norm.weight", StringComparison.Ordinal))
            return ones(shape, requires_grad: true);
        if (name.EndsWith(".bias", StringComparison.Ordinal))
            return zeros(shape, requires_grad: true);
        var writesResidual = name.Contains("o_proj") || name.Contains("down_proj");
        var deviation = 0.02 / (writesResidual ? Math.Sqrt(2 * layers) : 1);
        using var sample = randn(shape, generator: generator);
        return sample.Times(deviation).requires_grad_();
    }

    static IEnumerable<(string Name, long[] Shape)> OfLayer(ModelConfig config)
    {
        var (hidden, inner) = (config.HiddenSize, config.IntermediateSize);
        yield return ("input_layernorm.weight", [hidden]);
        (string, int)[] projections =
            [("q", config.NumAttentionHeads), ("k", config.NumKeyValueHeads), ("v", config.NumKeyValueHeads)];
        foreach (var (which, heads) in projections)
        {
            yield return ($"self_attn.{which}_proj.weight", [heads * config.HeadDim, hidden]);
            if (config.QkvBias)
                yield return ($"self_attn.{which}_proj.bias", [heads * config.HeadDim]);
            if (config.QkNorm && which != "v")
                yield return ($"self_attn.{which}_norm.weight", [config.HeadDim]);
        }
        yield return ("self_attn.o_proj.weight", [hidden, config.NumAttentionHeads * config.HeadDim]);
        if (config.OutputBias)
            yield return ("self_attn.o_proj.bias", [hidden]);
        yield return ("post_attention_layernorm.weight", [hidden]);
        foreach (var (which, rows, columns) in new[] { ("gate", inner, hidden), ("up", inner, hidden), ("down", hidden, inner) })
        {
            yield return ($"mlp.{which}_proj.weight", [rows, columns]);
            if (config.MlpBias)
                yield return ($"mlp.{which}_proj.bias", [rows]);
        }
    }
}
