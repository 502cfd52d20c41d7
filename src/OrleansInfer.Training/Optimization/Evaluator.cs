using TorchSharp;
using static TorchSharp.torch;

namespace OrleansInfer.Training;

/// <summary>Perplexity: the exponential of the mean cross-entropy a token, each dialogue read from its start.</summary>
internal static class Evaluator
{
    /// <param name="model">Of at least as many positions as are read.</param>
    /// <param name="documents">Token ids; the first token of each is given, the others are predicted.</param>
    /// <param name="maxTokens">Of a longer dialogue, this beginning is read.</param>
    public static double Perplexity(ReferenceModel model, IReadOnlyList<int[]> documents, int maxTokens)
    {
        using var noGradients = no_grad();
        var (total, count) = (0.0, 0L);
        foreach (var document in documents)
        {
            using var scope = NewDisposeScope();
            var ids = tensor(document.Take(maxTokens).Select(id => (long)id).ToArray()).unsqueeze(0);
            var predicted = ids.shape[1] - 1;
            if (predicted < 1)
                continue;
            total += Trainer.Loss(model, ids).ToDouble() * predicted;
            count += predicted;
        }
        return Math.Exp(total / Math.Max(1, count));
    }
}
