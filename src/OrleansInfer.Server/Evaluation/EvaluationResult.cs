namespace OrleansInfer.Server;

/// <summary>Means over all tokens that were predicted: every token of a document but its first, whoever said it.</summary>
/// <param name="Documents">Those with something to predict.</param>
/// <param name="Shortened">Documents that are longer than the context; their beginning was read.</param>
/// <param name="Loss">Cross-entropy a token, in nats.</param>
/// <param name="ReferenceLoss">The reference's; 0 without one, as the two below.</param>
/// <param name="Divergence">KL(reference || model), in nats.</param>
/// <param name="SameTop">The share of tokens at which both take the same one for the likeliest.</param>
internal sealed record EvaluationResult(
    int Documents, int Shortened, long Tokens, double Loss, double ReferenceLoss, double Divergence, double SameTop)
{
    public double Perplexity => Math.Exp(Loss);

    public double ReferencePerplexity => Math.Exp(ReferenceLoss);
}
