using Microsoft.Extensions.AI;
using OrleansInfer.Abstractions;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using TurnMessage = OrleansInfer.Abstractions.ChatMessage;

namespace OrleansInfer.Client;

/// <summary>
/// Turns what Microsoft.Extensions.AI asks into what a conversation takes. What it cannot take is refused, never dropped.
/// </summary>
internal static class TurnRequests
{
    public static TurnRequest From(
        IEnumerable<ChatMessage> messages, ChatOptions options, ConversationChatClientOptions defaults, IChatClient client)
    {
        if (options.ResponseFormat is ChatResponseFormatJson)
        {
            throw new NotSupportedException("ResponseFormat must be text: the server does not constrain answers to JSON.");
        }

        return new()
        {
            Model = options.ModelId ?? defaults.ModelId ?? "",
            Messages = [.. messages.SelectMany(Messages)],
            ToolsJson = ToolJson.Tools(options),
            Sampling = Sampling(options, client),
            Retention = options.ConversationId is null ? defaults.Retention : defaults.NamedRetention,
        };
    }

    /// <summary>Over the parameters that RawRepresentationFactory gives, if any: so min_p and the like are reached.</summary>
    static SamplingParams Sampling(ChatOptions options, IChatClient client)
    {
        var given = options.RawRepresentationFactory?.Invoke(client) as SamplingParams ?? new();
        if (given.N != 1) throw new NotSupportedException("SamplingParams.N must be 1: a chat client returns one answer.");
        return given with
        {
            Temperature = options.Temperature ?? given.Temperature,
            TopP = options.TopP ?? given.TopP,
            TopK = options.TopK ?? given.TopK,
            MaxTokens = options.MaxOutputTokens ?? given.MaxTokens,
            FrequencyPenalty = options.FrequencyPenalty ?? given.FrequencyPenalty,
            PresencePenalty = options.PresencePenalty ?? given.PresencePenalty,
            Seed = options.Seed is { } seed ? unchecked((ulong)seed) : given.Seed,
            Stop = options.StopSequences is { Count: > 0 } stop ? [.. stop] : given.Stop,
        };
    }

    /// <summary>One message may hold the results of several tools; a template takes each as a message of its own.</summary>
    static IEnumerable<TurnMessage> Messages(ChatMessage message)
    {
        var results = message.Contents.OfType<FunctionResultContent>().ToList();
        foreach (var result in results)
        {
            yield return new("tool", ToolJson.Text(result.Result ?? result.Exception?.Message)) { ToolCallId = result.CallId };
        }

        if (message.Contents.Count == results.Count && results.Count > 0) yield break;
        var calls = message.Contents.OfType<FunctionCallContent>().ToList();
        yield return new(message.Role.Value, Text(message, calls.Count > 0))
        {
            Name = message.AuthorName,
            ToolCallsJson = calls.Count > 0 ? ToolJson.Calls(calls) : null,
        };
    }

    static string? Text(ChatMessage message, bool hasCalls)
    {
        var foreign = message.Contents.FirstOrDefault(content => content
            is not (TextContent or TextReasoningContent or FunctionCallContent or FunctionResultContent or UsageContent));
        if (foreign is not null)
        {
            throw new NotSupportedException($"A message holds {foreign.GetType().Name}; only text and tool calls are supported.");
        }

        return hasCalls && message.Text.Length == 0 ? null : message.Text;
    }
}
