using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>Log probabilities in OpenAI's two formats.</summary>
internal static class LogprobsJson
{
    /// <summary>JSON has no infinity; a token that could not be sampled gets OpenAI's floor.</summary>
    const float Floor = -9999f;

    /// <summary>Chat: {"content": […], "refusal": null}.</summary>
    public static void WriteChat(Utf8JsonWriter json, IEnumerable<LogprobsContent> content)
    {
        json.WriteStartObject(JsonNames.Logprobs);
        WriteItems(json, JsonNames.Content, content);
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    /// <summary>[{token, logprob, bytes, top_logprobs}].</summary>
    public static void WriteItems(Utf8JsonWriter json, JsonEncodedText name, IEnumerable<LogprobsContent> content)
    {
        json.WriteStartArray(name);
        foreach (var item in content)
        {
            json.WriteStartObject();
            WriteToken(json, item.Token);
            json.WriteStartArray("top_logprobs");
            foreach (var top in item.Top)
            {
                json.WriteStartObject();
                WriteToken(json, top);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Completions: parallel arrays; text_offset counts characters of the choice's text.</summary>
    public static void WriteCompletion(Utf8JsonWriter json, IReadOnlyList<(LogprobsContent Content, int Offset)> items)
    {
        json.WriteStartObject(JsonNames.Logprobs);
        json.WriteStartArray("tokens");
        foreach (var (content, _) in items) json.WriteStringValue(content.Token.Text);
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (var (content, _) in items) json.WriteNumberValue(Finite(content.Token.Logprob));
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (var (content, _) in items) WriteTop(json, content.Token, content.Top);
        json.WriteEndArray();
        json.WriteStartArray("text_offset");
        foreach (var (_, offset) in items) json.WriteNumberValue(offset);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Two tokens may have one text, as two halves of different characters do: the likelier one, which comes first, is shown.
    // OpenAI: the sampled token is always there, one more where it is not among the likeliest.
    static void WriteTop(Utf8JsonWriter json, LogprobsToken sampled, IReadOnlyList<LogprobsToken> top)
    {
        json.WriteStartObject();
        for (var i = 0; i < top.Count; i++)
            if (!top.Take(i).Any(before => before.Text == top[i].Text)) json.WriteNumber(top[i].Text, Finite(top[i].Logprob));
        if (!top.Any(token => token.Text == sampled.Text)) json.WriteNumber(sampled.Text, Finite(sampled.Logprob));
        json.WriteEndObject();
    }

    static void WriteToken(Utf8JsonWriter json, LogprobsToken token)
    {
        json.WriteString("token", token.Text);
        json.WriteNumber("logprob", Finite(token.Logprob));
        json.WriteStartArray("bytes");
        foreach (var b in token.Bytes) json.WriteNumberValue(b);
        json.WriteEndArray();
    }

    static float Finite(float logprob) => float.IsFinite(logprob) ? Math.Max(logprob, Floor) : Floor;
}
