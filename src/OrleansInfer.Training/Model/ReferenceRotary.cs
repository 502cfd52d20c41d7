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
        return (_cosines!.narrow(0, 0, tokens), _sines!.narrow(0, 0, tokens));
    }

    /// <summary>Turns queries or keys [batch, heads, tokens, headDim].</summary>
    public static Tensor Apply(Tensor x, Tensor cos, Tensor sin)
    {
        var half = x.shape[^1] / 2;
        var turned = cat([-x.narrow(-1, half, half), x.narrow(-1, 0, half)], dim: -1);
        return (x * cos).Plus(turned * sin);
    }

    public void Dispose()
    {
        _cosines?.Dispose();
        _sines?.Dispose();
    }

    void Build(int tokens)
    {
        Dispose();
        var frequencies = config.Rope.InverseFrequencies(config.HeadDim);
        _cosines = Table(tokens, frequencies, Math.Cos);
        _sines = Table(tokens, frequencies, Math.Sin);
    }

    // Both halves of a row are the same: a dimension and its partner turn by one angle.
    Tensor Table(int tokens, float[] frequencies, Func<double, double> function)
    {
        var table = new float[tokens, 2 * frequencies.Length];
        for (var t = 0; t < tokens; t++)
            for (var i = 0; i < 2 * frequencies.Length; i++)
                table[t, i] = (float)(function((double)t * frequencies[i % frequencies.Length]) * config.Rope.AttentionScaling);
        return tensor(table).DetachFromDisposeScope();
    }
}
