using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>
/// Rotary position embedding (Su et al., 2021), Hugging Face's layout: dimension i turns with dimension i + headDim / 2.
/// </summary>
internal sealed class ReferenceRotary(ReferenceConfig config) : IDisposable
{
    Tensor? cosines;
    Tensor? sines;

    /// <summary>Cosines and sines of positions 0 .. tokens-1, each [tokens, headDim].</summary>
    public (Tensor Cos, Tensor Sin) Tables(int tokens)
    {
        if (cosines is null || sines is null || cosines.shape[0] < tokens)
            Build(tokens);
        return (cosines![..tokens], sines![..tokens]);
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
        cosines?.Dispose();
        sines?.Dispose();
    }

    void Build(int tokens)
    {
        Dispose();
        using var scope = NewDisposeScope();
        var frequencies = tensor(config.Rotary.InverseFrequencies(config.HeadDim));
        var angles = outer(arange(tokens, dtype: ScalarType.Float64), frequencies); // [tokens, headDim / 2]
        angles = cat([angles, angles], dim: -1);
        cosines = (angles.cos() * config.Rotary.AttentionFactor).to(ScalarType.Float32).DetachFromDisposeScope();
        sines = (angles.sin() * config.Rotary.AttentionFactor).to(ScalarType.Float32).DetachFromDisposeScope();
    }
}
