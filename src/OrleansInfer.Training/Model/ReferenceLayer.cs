using OrleansInfer.Models;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace OrleansInfer.Training;

/// <summary>One decoder layer: attention and a gated feed-forward network, each with a norm before it and a residual around it.</summary>
internal sealed class ReferenceLayer(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights, string prefix)
{
    /// <param name="hidden">[batch, tokens, hidden]</param>
    /// <param name="cos">[tokens, headDim]</param>
    /// <param name="sin">[tokens, headDim]</param>
    public Tensor Forward(Tensor hidden, Tensor cos, Tensor sin)
    {
        hidden = hidden.Plus(Attention(Norm(hidden, "input_layernorm"), cos, sin));
        return hidden.Plus(FeedForward(Norm(hidden, "post_attention_layernorm")));
    }

    Tensor Attention(Tensor x, Tensor cos, Tensor sin)
    {
        var query = ReferenceRotary.Apply(Heads(x, "q", config.NumAttentionHeads), cos, sin);
        var key = ReferenceRotary.Apply(Heads(x, "k", config.NumKeyValueHeads), cos, sin);
        var value = Heads(x, "v", config.NumKeyValueHeads);
        var attended = F.scaled_dot_product_attention(query, ForEachQuery(key), ForEachQuery(value), is_casual: true);
        var joined = attended.transpose(1, 2).flatten(start_dim: 2); // [batch, tokens, heads * headDim]
        return Linear(joined, "self_attn.o_proj", config.OutputBias);
    }

    // [batch, tokens, hidden] -> [batch, heads, tokens, headDim]
    Tensor Heads(Tensor x, string which, int heads)
    {
        var projected = Linear(x, $"self_attn.{which}_proj", config.QkvBias).unflatten(2, heads, config.HeadDim);
        if (config.QkNorm && which != "v")
            projected = Norm(projected, $"self_attn.{which}_norm");
        return projected.transpose(1, 2);
    }

    // Grouped-query attention (Ainslie et al., 2023): neighbouring query heads share one key and value head.
    Tensor ForEachQuery(Tensor x) => config.NumAttentionHeads == config.NumKeyValueHeads
        ? x
        : x.repeat_interleave(config.NumAttentionHeads / config.NumKeyValueHeads, dim: 1);

    // SwiGLU (Shazeer, 2020, "GLU Variants Improve Transformer").
    Tensor FeedForward(Tensor x)
    {
        var gated = F.silu(Linear(x, "mlp.gate_proj", config.MlpBias)) * Linear(x, "mlp.up_proj", config.MlpBias);
        return Linear(gated, "mlp.down_proj", config.MlpBias);
    }

    Tensor Norm(Tensor x, string name) => ReferenceModel.RmsNorm(x, weights[$"{prefix}{name}.weight"], config.RmsNormEps);

    Tensor Linear(Tensor x, string name, bool bias) =>
        F.linear(x, weights[$"{prefix}{name}.weight"], bias ? weights[$"{prefix}{name}.bias"] : null);
}
