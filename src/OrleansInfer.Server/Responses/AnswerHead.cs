using System.Text.Encodings.Web;
using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>The fields with which every object of a completion begins. All come from the journal: a resumed stream has the same.</summary>
internal sealed class AnswerHead(Completion completion, string kind)
{
    readonly JsonEncodedText _id = Encode(completion.Id);
    readonly JsonEncodedText _kind = Encode(kind);
    readonly JsonEncodedText _model = Encode(completion.Turn.Model);
    readonly JsonEncodedText _fingerprint = Encode(completion.Turn.SystemFingerprint);
    readonly long _created = completion.Turn.Created.ToUnixTimeSeconds();

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString(JsonNames.Id, _id);
        json.WriteString(JsonNames.Object, _kind);
        json.WriteNumber(JsonNames.Created, _created);
        json.WriteString(JsonNames.Model, _model);
        json.WriteString(JsonNames.Fingerprint, _fingerprint);
    }

    public static void WriteUsage(Utf8JsonWriter json, TurnUsage usage)
    {
        json.WriteStartObject(JsonNames.Usage);
        json.WriteNumber("prompt_tokens", usage.PromptTokens);
        json.WriteNumber("completion_tokens", usage.CompletionTokens);
        json.WriteNumber("total_tokens", usage.PromptTokens + usage.CompletionTokens);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", usage.CachedTokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>vLLM's words where OpenAI has none.</summary>
    public static string? Word(FinishReason? reason) => reason switch
    {
        null => null,
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Abort => "abort",
        _ => "error",
    };

    static JsonEncodedText Encode(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
}
