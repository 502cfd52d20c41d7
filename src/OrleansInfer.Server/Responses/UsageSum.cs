using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>Usage of all prompts of a request.</summary>
internal sealed class UsageSum
{
    public TurnUsage Total { get; private set; } = new(0, 0, 0);

    public void Add(TurnUsage? usage)
    {
        if (usage is null) return;
        Total = new TurnUsage(Total.PromptTokens + usage.PromptTokens, Total.CompletionTokens + usage.CompletionTokens,
            Total.CachedTokens + usage.CachedTokens);
    }
}
