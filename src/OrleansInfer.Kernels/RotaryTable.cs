namespace OrleansInfer.Kernels;

/// <summary>
/// Cosines and sines of rotary position embedding (Su et al., RoFormer, arXiv:2104.09864) in the rotate-half convention of Hugging Face:
/// element i of a head is rotated with element i + headDim / 2 by position * inverseFrequency[i].
/// </summary>
public sealed class RotaryTable
{
    /// <summary>
    /// Angles are computed in double, their cosines and sines rounded to float once.  <paramref name="attentionScaling"/> multiplies both
    /// (YaRN and its kin; 1 otherwise).  Positions from 0 to <paramref name="maxPositions"/> - 1 are valid.
    /// </summary>
    public RotaryTable(int headDim, ReadOnlySpan<float> inverseFrequencies, float attentionScaling, int maxPositions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxPositions);
        if (headDim <= 0 || headDim % 2 != 0 || inverseFrequencies.Length != headDim / 2)
        {
            throw new ArgumentException($"A head of {headDim} elements needs {headDim / 2} frequencies, got {inverseFrequencies.Length}.");
        }
        HeadDim = headDim;
        MaxPositions = maxPositions;
        var half = headDim / 2;
        Cos = new float[checked(maxPositions * half)];
        Sin = new float[Cos.Length];
        for (var position = 0; position < maxPositions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var (sin, cos) = Math.SinCos((double)position * inverseFrequencies[i]);
                Cos[position * half + i] = (float)(cos * attentionScaling);
                Sin[position * half + i] = (float)(sin * attentionScaling);
            }
        }
    }

    /// <summary>Elements of a head, all of them rotated.</summary>
    public int HeadDim { get; }

    /// <summary>How many positions there are.</summary>
    public int MaxPositions { get; }

    internal float[] Cos { get; } // [position, headDim / 2]

    internal float[] Sin { get; }
}
