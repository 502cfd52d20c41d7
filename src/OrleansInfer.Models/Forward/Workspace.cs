using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>Activations of a step of up to a number of rows. Linears work in the compute type, the residual stream in float32.</summary>
internal sealed class Workspace(ModelConfig c, DataType type, int rows) : IDisposable
{
    public int Rows { get; } = rows;

    public Activations Hidden { get; } = new(rows, c.HiddenSize, DataType.Float32);
    public Activations Normed { get; } = new(rows, c.HiddenSize, type);
    public Activations Qkv { get; } = new(rows, (c.NumAttentionHeads + 2 * c.NumKeyValueHeads) * c.HeadDim, type);
    public Activations Attention { get; } = new(rows, c.NumAttentionHeads * c.HeadDim, type);
    public Activations GateUp { get; } = new(rows, 2 * c.IntermediateSize, type);
    public Activations Gated { get; } = new(rows, c.IntermediateSize, type);
    public Activations Delta { get; } = new(rows, c.HiddenSize, type);

    public void Dispose()
    {
        foreach (var buffer in (Activations[])[Hidden, Normed, Qkv, Attention, GateUp, Gated, Delta]) buffer.Dispose();
    }
}
