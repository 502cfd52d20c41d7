using System.Buffers;
using System.Text;
using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// What of a request shapes the answer's form. It travels in <see cref="TurnRequest.Tag"/>, so that whoever resumes the stream, from any
/// process and at any time, gets the same bytes.
/// </summary>
internal sealed record ResponseFormat
{
    /// <summary>/v1/chat/completions; else /v1/completions.</summary>
    public required bool Chat { get; init; }

    /// <summary>The stream ends with a chunk of usage.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Log probabilities were asked for.</summary>
    public bool Logprobs { get; init; }

    /// <summary>How many prompts the request had; each is a conversation.</summary>
    public int NumPrompts { get; init; } = 1;

    /// <summary>The prompt, where the answer begins with it.</summary>
    public string? Echo { get; init; }

    public string ToTag()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WireJson.Writer))
        {
            json.WriteStartObject();
            json.WriteBoolean("chat", Chat);
            if (IncludeUsage) json.WriteBoolean("usage", true);
            if (Logprobs) json.WriteBoolean("logprobs", true);
            if (NumPrompts != 1) json.WriteNumber("prompts", NumPrompts);
            if (Echo is not null) json.WriteString("echo", Echo);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <returns>Null when the tag is not one of ours: the conversation was not started over HTTP.</returns>
    public static ResponseFormat? FromTag(string? tag)
    {
        if (tag is not { Length: > 0 }) return null;
        try
        {
            using var document = JsonDocument.Parse(tag);
            var fields = document.RootElement;
            return new ResponseFormat
            {
                Chat = fields.GetProperty("chat").GetBoolean(),
                IncludeUsage = fields.TryGetProperty("usage", out _),
                Logprobs = fields.TryGetProperty("logprobs", out _),
                NumPrompts = fields.TryGetProperty("prompts", out var prompts) ? prompts.GetInt32() : 1,
                Echo = fields.TryGetProperty("echo", out var echo) ? echo.GetString() : null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
