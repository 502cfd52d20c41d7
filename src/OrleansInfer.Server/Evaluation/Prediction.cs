namespace OrleansInfer.Server;

/// <summary>How well a row of logits foretells the token that follows, and how far it is from another row's distribution.</summary>
/// <param name="Loss">Minus the natural logarithm of the token's probability.</param>
/// <param name="ReferenceLoss">The same by the other row; 0 without one.</param>
/// <param name="Divergence">Kullback and Leibler's of this distribution from the other, KL(other || this), in nats.</param>
/// <param name="SameTop">Both rows have their greatest logit at the same token.</param>
internal readonly record struct Prediction(double Loss, double ReferenceLoss, double Divergence, bool SameTop)
{
    /// <param name="reference">The other row, of the same length; empty: there is none.</param>
    public static Prediction Of(ReadOnlySpan<float> logits, ReadOnlySpan<float> reference, int next)
    {
        var (top, logSum) = Normalizer(logits);
        if (reference.IsEmpty) return new Prediction(logSum - logits[next], 0, 0, false);
        var (referenceTop, referenceLogSum) = Normalizer(reference);
        double divergence = 0;
        for (var i = 0; i < reference.Length; i++)
        {
            var logProbability = reference[i] - referenceLogSum;
            divergence += Math.Exp(logProbability) * (logProbability - (logits[i] - logSum));
        }
        return new Prediction(logSum - logits[next], referenceLogSum - reference[next], divergence, top == referenceTop);
    }

    /// <summary>The place of the greatest logit, and log(sum(exp(logits))): in double, where sums over a vocabulary lose nothing.</summary>
    static (int Top, double LogSum) Normalizer(ReadOnlySpan<float> logits)
    {
        var top = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[top]) top = i;
        double sum = 0;
        foreach (var logit in logits) sum += Math.Exp((double)logit - logits[top]);
        return (top, logits[top] + Math.Log(sum));
    }
}
