using System.Text.Json;
using System.Text.Encodings.Web;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>The response object and the parts of it that events carry, in OpenAI's shapes.</summary>
internal sealed class ResponseJson(Response response)
{
    /// <summary>What the API calls the states of a response and of its message.</summary>
    public const string Queued = "queued", InProgress = "in_progress", Completed = "completed", Incomplete = "incomplete",
        Cancelled = "cancelled", Failed = "failed";

    readonly JsonEncodedText _itemId = JsonEncodedText.Encode(response.ItemId);

    /// <param name="status">Of a response that has not ended.</param>
    public void WriteRunning(Utf8JsonWriter json, string status, ResponseOutput? output = null) => Write(json, status, output, null);

    /// <param name="turn">The turn when it had ended.</param>
    public void WriteEnded(Utf8JsonWriter json, ResponseOutput output, TurnInfo turn) =>
        Write(json, StatusOf(output.FinishReason), output, turn);

    /// <summary>The message that the answer is.</summary>
    /// <param name="output">Null: it has only begun, and is empty.</param>
    public void WriteItem(Utf8JsonWriter json, string status, ResponseOutput? output)
    {
        json.WriteStartObject();
        json.WriteString(JsonNames.Id, _itemId);
        json.WriteString(Names.Type, "message");
        json.WriteString(Names.Status, status);
        json.WriteStartArray(JsonNames.Content);
        if (output is not null) WritePart(json, output);
        json.WriteEndArray();
        json.WriteString(JsonNames.Role, JsonNames.Assistant);
        json.WriteEndObject();
    }

    /// <param name="output">Null: it has only begun, and is empty.</param>
    public static void WritePart(Utf8JsonWriter json, ResponseOutput? output)
    {
        json.WriteStartObject();
        json.WriteString(Names.Type, "output_text");
        json.WriteStartArray("annotations");
        json.WriteEndArray();
        LogprobsJson.WriteItems(json, JsonNames.Logprobs, output?.Logprobs ?? []);
        json.WriteString(JsonNames.Text, output?.Text ?? "");
        json.WriteEndObject();
    }

    /// <summary>Where the text of an event belongs.</summary>
    public void WritePlace(Utf8JsonWriter json)
    {
        json.WriteString(Names.ItemId, _itemId);
        json.WriteNumber(Names.OutputIndex, 0);
        json.WriteNumber(Names.ContentIndex, 0);
    }

    public static string StatusOf(FinishReason? reason) => reason switch
    {
        FinishReason.Stop => Completed,
        FinishReason.Length => Incomplete,
        FinishReason.Abort => Cancelled,
        _ => Failed,
    };

    /// <summary>A message that was cut off is incomplete, for whatever reason.</summary>
    public static string ItemStatusOf(FinishReason? reason) => reason switch
    {
        null => InProgress,
        FinishReason.Stop => Completed,
        _ => Incomplete,
    };

    void Write(Utf8JsonWriter json, string status, ResponseOutput? output, TurnInfo? ended)
    {
        json.WriteStartObject();
        json.WriteString(JsonNames.Id, response.Id.ToString());
        json.WriteString(JsonNames.Object, "response");
        json.WriteNumber("created_at", response.Turn.Created.ToUnixTimeSeconds());
        json.WriteString(Names.Status, status);
        if (ended?.Ended is { } at && status == Completed) json.WriteNumber("completed_at", at.ToUnixTimeSeconds());
        else json.WriteNull("completed_at");
        WriteFault(json, status);
        json.WriteString(JsonNames.Model, response.Turn.Model);
        json.WriteString(JsonNames.Fingerprint, response.Turn.SystemFingerprint);
        json.WriteString("instructions", response.Turn.Instructions);
        json.WriteStartArray("output");
        if (output is { Begun: true }) WriteItem(json, ItemStatusOf(output.FinishReason), output);
        json.WriteEndArray();
        WriteUsage(json, ended?.Usage);
        WriteTools(json);
        foreach (var field in response.Settings.Echo.EnumerateObject()) field.WriteTo(json);
        json.WriteEndObject();
    }

    static void WriteFault(Utf8JsonWriter json, string status)
    {
        if (status == Failed)
        {
            json.WriteStartObject("error");
            json.WriteString("code", "server_error");
            json.WriteString("message", ApiError.Internal().Message);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("error");
        }
        if (status == Incomplete)
        {
            json.WriteStartObject("incomplete_details");
            json.WriteString("reason", "max_output_tokens");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("incomplete_details");
        }
    }

    static void WriteUsage(Utf8JsonWriter json, TurnUsage? usage)
    {
        if (usage is null)
        {
            json.WriteNull(JsonNames.Usage);
            return;
        }
        json.WriteStartObject(JsonNames.Usage);
        json.WriteNumber("input_tokens", usage.PromptTokens);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("cached_tokens", usage.CachedTokens);
        json.WriteNumber("cache_write_tokens", 0);
        json.WriteEndObject();
        json.WriteNumber("output_tokens", usage.CompletionTokens);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("reasoning_tokens", 0);
        json.WriteEndObject();
        json.WriteNumber("total_tokens", usage.PromptTokens + usage.CompletionTokens);
        json.WriteEndObject();
    }

    // The chat template had the functions in the older shape, {"type", "function": {…}}; here they are flat. With tool_choice "none" it had
    // none, and they are repeated with the other parameters.
    void WriteTools(Utf8JsonWriter json)
    {
        if (response.Settings.Echo.TryGetProperty("tools", out _)) return;
        json.WriteStartArray("tools");
        using var tools = JsonDocument.Parse(response.Turn.ToolsJson ?? "[]", ResponseSettings.Bounded);
        foreach (var tool in tools.RootElement.EnumerateArray())
        {
            json.WriteStartObject();
            json.WriteString(Names.Type, "function");
            foreach (var field in tool.GetProperty("function").EnumerateObject()) field.WriteTo(json);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static class Names
    {
        public static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
        public static readonly JsonEncodedText Status = JsonEncodedText.Encode("status");
        public static readonly JsonEncodedText ItemId = JsonEncodedText.Encode("item_id");
        public static readonly JsonEncodedText OutputIndex = JsonEncodedText.Encode("output_index");
        public static readonly JsonEncodedText ContentIndex = JsonEncodedText.Encode("content_index");
    }
}
