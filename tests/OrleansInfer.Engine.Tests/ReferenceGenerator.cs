using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

/// <summary>A request generated alone, from its first token, with no cache, no pages and no batch.</summary>
internal static class ReferenceGenerator
{
    public static (List<int> TokenIds, FinishReason Reason) Generate(PagedHashModel model, GenerationRequest request, int maxModelLen)
    {
        var (p, output, logits) = (request.Sampling, new List<int>(), new float[model.VocabSize]);
        while (true)
        {
            model.LogitsOf([.. request.PromptTokenIds, .. output], logits);
            var id = ReferenceSampler.Sample(request, output, logits);
            output.Add(id);
            if ((!p.IgnoreEos && request.EosTokenIds.Contains(id)) || p.StopTokenIds.Contains(id)) return (output, FinishReason.Stop);
            var isFull = request.PromptTokenIds.Count + output.Count == maxModelLen;
            if (output.Count == p.MaxTokens || isFull) return (output, FinishReason.Length);
        }
    }
}
