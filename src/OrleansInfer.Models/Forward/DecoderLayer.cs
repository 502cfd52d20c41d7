using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>Weights of one pre-norm transformer block: attention with grouped heads and rotary positions, then a gated MLP.</summary>
internal sealed record DecoderLayer(
    NormWeight InputNorm, Linear Qkv, QkNorm? QkNorm, Linear Output, NormWeight PostAttentionNorm, Linear GateUp, Linear Down) : IDisposable
{
    public static DecoderLayer Load(Checkpoint weights, ModelConfig c, int index, CpuKernels kernels, DataType type)
    {
        var layer = $"model.layers.{index}.";
        long heads = (long)c.NumAttentionHeads * c.HeadDim, kvHeads = (long)c.NumKeyValueHeads * c.HeadDim;
        return new DecoderLayer(
            Norm("input_layernorm", c.HiddenSize),
            kernels.CreateLinear(
                [
                    Part("self_attn.q_proj", heads, c.HiddenSize, c.QkvBias),
                    Part("self_attn.k_proj", kvHeads, c.HiddenSize, c.QkvBias),
                    Part("self_attn.v_proj", kvHeads, c.HiddenSize, c.QkvBias),
                ],
                type),
            c.QkNorm ? new QkNorm(Norm("self_attn.q_norm", c.HeadDim), Norm("self_attn.k_norm", c.HeadDim), c.RmsNormEps) : null,
            kernels.CreateLinear([Part("self_attn.o_proj", c.HiddenSize, heads, c.OutputBias)], type),
            Norm("post_attention_layernorm", c.HiddenSize),
            kernels.CreateLinear(
                [
                    Part("mlp.gate_proj", c.IntermediateSize, c.HiddenSize, c.MlpBias),
                    Part("mlp.up_proj", c.IntermediateSize, c.HiddenSize, c.MlpBias),
                ],
                type),
            kernels.CreateLinear([Part("mlp.down_proj", c.HiddenSize, c.IntermediateSize, c.MlpBias)], type));

        WeightView Part(string name, long rows, long columns, bool biased)
        {
            var weight = weights.Get($"{layer}{name}.weight", rows, columns);
            if (!biased) return weight;
            var bias = weights.Get($"{layer}{name}.bias", rows);
            return weight with { Bias = bias.Data, BiasType = bias.Type };
        }

        NormWeight Norm(string name, int width) => new(weights.Get($"{layer}{name}.weight", width));
    }

    public void Dispose()
    {
        Qkv.Dispose();
        Output.Dispose();
        GateUp.Dispose();
        Down.Dispose();
    }
}
