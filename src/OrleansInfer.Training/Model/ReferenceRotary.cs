using OrleansInfer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>
/// Rotary position embedding (Su et al., 2021), Hugging Face's layout: dimension i turns with dimension i + headDim / 2.
/// </summary>
internal sealed class ReferenceRotary(ModelConfig config) : IDisposable
{
    Tensor? _cosines;
    Tensor? _sines;

    /// <summary>Cosines and sines of positions 0 .. tokens-1, each [tokens, headDim].</summary>
    public (Tensor Cos, Tensor Sin) Tables(int tokens)
    {
        if (_cosines is null || _sines is null || _cosines.shape[0] < tokens)
            Build(tokens);
        return (_cosines![..tokens], _sines![..tokens]);
    }

    /// <summary>Turns queries or keys [batch, heads, tokens, headDim].</summary>
    public static Tensor Apply(Tensor x, Tensor cos, Tensor sin)
    {
        var half = x.shape[^1] / 2;
        var turned = cat([-x.narrow(-1, half, half), x.narrow(-1, 0, half)], dim: -1);
        return x * cos + turned * sin;
    }

    public void Dispose()
    {
        _cosines?.Dispose();
        _sines?.Dispose();
    }

    void Build(int tokens)
    {
        Dispose();
        using var scope = NewDisposeScope();
        var frequencies = tensor(config.Rope.InverseFrequencies(config.HeadDim)).to(ScalarType.Float64);
        var angles = outer(arange(tokens, dtype: ScalarType.Float64), frequencies); // [tokens, headDim / 2]
        angles = cat([angles, angles], dim: -1);
        _cosines = (angles.cos() * config.Rope.AttentionScaling).to(ScalarType.Float32).DetachFromDisposeScope();
        _sines = (angles.sin() * config.Rope.AttentionScaling).to(ScalarType.Float32).DetachFromDisposeScope();
    }
}
