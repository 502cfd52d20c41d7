using System.Diagnostics;
using System.Text;
using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// The span of one generation, by OpenTelemetry's conventions for generative AI. What was asked and answered is recorded only where
/// OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT says so.
/// </summary>
internal sealed class GenerationSpan : IDisposable
{
    static readonly ActivitySource Source = new("OrleansInfer");

    static readonly bool CaptureContent = string.Equals(
        Environment.GetEnvironmentVariable("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"), "true",
            StringComparison.OrdinalIgnoreCase);

    readonly Activity _activity;
    readonly SortedDictionary<(int Prompt, int Choice), StringBuilder> _texts = [];
    readonly SortedDictionary<(int Prompt, int Choice), string> _reasons = [];

    GenerationSpan(Activity activity) => _activity = activity;

    /// <returns>Null when nobody listens.</returns>
    public static GenerationSpan? Start(string operation, IReadOnlyList<TurnRequest> turns, ConnectionInfo server)
    {
        var turn = turns[0];
        if (Source.StartActivity($"{operation} {turn.Model}") is not { } activity) return null;
        activity.SetTag("gen_ai.operation.name", operation);
        activity.SetTag("gen_ai.provider.name", "orleansinfer");
        activity.SetTag("gen_ai.request.model", turn.Model);
        activity.SetTag("server.address", server.LocalIpAddress?.ToString());
        activity.SetTag("server.port", server.LocalPort);
        TagSampling(activity, turn.Sampling);
        if (CaptureContent) activity.SetTag("gen_ai.input.messages", Input(turns));
        return new GenerationSpan(activity);
    }

    public void Started(string id, string model)
    {
        _activity.SetTag("gen_ai.response.id", id);
        _activity.SetTag("gen_ai.response.model", model);
    }

    public void Add(int prompt, TokenEvent token)
    {
        var key = (prompt, token.Choice);
        if (token.FinishReason is { } reason) _reasons[key] = AnswerHead.Word(reason)!;
        if (!CaptureContent || token.Text.Length == 0) return;
        if (!_texts.TryGetValue(key, out var text)) _texts[key] = text = new StringBuilder();
        text.Append(token.Text);
    }

    public void Finish(TurnUsage usage)
    {
        _activity.SetTag("gen_ai.response.finish_reasons", _reasons.Values.ToArray());
        _activity.SetTag("gen_ai.usage.input_tokens", usage.PromptTokens);
        _activity.SetTag("gen_ai.usage.output_tokens", usage.CompletionTokens);
        if (CaptureContent) _activity.SetTag("gen_ai.output.messages", Output());
    }

    public void Fail(string type, string message)
    {
        _activity.SetTag("error.type", type);
        _activity.SetStatus(ActivityStatusCode.Error, message);
    }

    public void Dispose() => _activity.Dispose();

    static void TagSampling(Activity activity, SamplingParams sampling)
    {
        activity.SetTag("gen_ai.request.choice.count", sampling.N);
        activity.SetTag("gen_ai.request.temperature", (double)sampling.Temperature);
        activity.SetTag("gen_ai.request.top_p", (double)sampling.TopP);
        activity.SetTag("gen_ai.request.top_k", (double)sampling.TopK);
        activity.SetTag("gen_ai.request.presence_penalty", (double)sampling.PresencePenalty);
        activity.SetTag("gen_ai.request.frequency_penalty", (double)sampling.FrequencyPenalty);
        if (sampling.MaxTokens is { } max) activity.SetTag("gen_ai.request.max_tokens", max);
        if (sampling.Seed is { } seed) activity.SetTag("gen_ai.request.seed", unchecked((long)seed));
        if (sampling.Stop.Count > 0) activity.SetTag("gen_ai.request.stop_sequences", sampling.Stop.ToArray());
    }

    static string Input(IReadOnlyList<TurnRequest> turns) =>
        Messages(turns.SelectMany(turn => turn.Messages?.Select(m => (m.Role, m.Content ?? "", (string?)null))
        ?? [("user", turn.Prompt ?? $"{turn.PromptTokenIds?.Count} token ids", null)]));

    string Output() => Messages(_texts.Select(text => ("assistant", text.Value.ToString(), _reasons.GetValueOrDefault(text.Key))));

    static string Messages(IEnumerable<(string Role, string Content, string? FinishReason)> messages)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, WireJson.Writer))
        {
            json.WriteStartArray();
            foreach (var (role, content, reason) in messages)
            {
                json.WriteStartObject();
                json.WriteString("role", role);
                json.WriteStartArray("parts");
                json.WriteStartObject();
                json.WriteString("type", "text");
                json.WriteString("content", content);
                json.WriteEndObject();
                json.WriteEndArray();
                if (reason is not null) json.WriteString("finish_reason", reason);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
