using System.Runtime.InteropServices;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>
/// Activations of a step of up to a number of rows. Linears write the compute type and read that or, when their weights are quantized,
/// integers; the residual stream is float32.
/// </summary>
internal sealed class Workspace(ModelConfig c, DataType type, int rows) : IDisposable
{
    readonly Dictionary<(int Columns, DataType Type), Activations> _inputs = [];

    public int Rows { get; } = rows;

    public Activations Hidden { get; } = new(rows, c.HiddenSize, DataType.Float32);
    public Activations Qkv { get; } = new(rows, (c.NumAttentionHeads + 2 * c.NumKeyValueHeads) * c.HeadDim, type);
    public Activations Attention { get; } = new(rows, c.NumAttentionHeads * c.HeadDim, type);
    public Activations GateUp { get; } = new(rows, 2 * c.IntermediateSize, type);
    public Activations Delta { get; } = new(rows, c.HiddenSize, type);

    /// <summary>What a linear reads, written by the kernel before it; linears of one width and type share it.</summary>
    public Activations InputOf(Linear linear)
    {
        ref var input = ref CollectionsMarshal.GetValueRefOrAddDefault(_inputs, (linear.InFeatures, linear.InputType), out _);
        return input ??= new Activations(Rows, linear.InFeatures, linear.InputType);
    }

    public void Dispose()
    {
        foreach (var buffer in (Activations[])[Hidden, Qkv, Attention, GateUp, Delta, .. _inputs.Values]) buffer.Dispose();
    }
}
