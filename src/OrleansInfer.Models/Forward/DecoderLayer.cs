using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>Weights of one pre-norm transformer block: attention with grouped heads and rotary positions, then a gated MLP.</summary>
internal sealed record DecoderLayer(
    NormWeight InputNorm, Linear Qkv, QkNorm? QkNorm, Linear Output, NormWeight PostAttentionNorm, Linear GateUp, Linear Down) : IDisposable
{
    public IReadOnlyList<Linear> Linears => [Qkv, Output, GateUp, Down];

    public static DecoderLayer Load(Checkpoint weights, ModelConfig c, int index, LinearLoader linears)
    {
        return new DecoderLayer(
            Norm("input_layernorm", c.HiddenSize),
            linears.Load(NetworkLinears.Qkv(c, index)),
            c.QkNorm ? new QkNorm(Norm("self_attn.q_norm", c.HeadDim), Norm("self_attn.k_norm", c.HeadDim), c.RmsNormEps) : null,
            linears.Load(NetworkLinears.Output(c, index)),
            Norm("post_attention_layernorm", c.HiddenSize),
            linears.Load(NetworkLinears.GateUp(c, index)),
            linears.Load(NetworkLinears.Down(c, index)));

        NormWeight Norm(string name, int width) => new(weights.Get($"model.layers.{index}.{name}.weight", width));
    }

    public void Dispose()
    {
        foreach (var linear in Linears) linear.Dispose();
    }
}
