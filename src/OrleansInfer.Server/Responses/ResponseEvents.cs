using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// Tokens to the events of a response. It must be given every token from the turn's first on, also those a reader has already: the number
/// of an event counts the ones before it, and nothing else. So events have the same numbers whoever reads them, wherever and when.
/// </summary>
/// <param name="seen">The last event that the reader has; -1: none.</param>
internal sealed class ResponseEvents(Response response, long seen, SseWriter sse)
{
    readonly ResponseJson _parts = new(response);
    readonly ResponseOutput _output = new();
    bool _inProgress;
    long _next;

    /// <summary>What is known before any token.</summary>
    public void Begin()
    {
        var background = response.Settings.Background;
        WriteRunning(Names.Created, background ? ResponseJson.Queued : ResponseJson.InProgress);
        if (background) WriteRunning(Names.Queued, ResponseJson.Queued);
        else BeginProgress();
    }

    public void Add(TokenEvent token)
    {
        if (!_inProgress) BeginProgress();
        if (!_output.Begun && token.TokenId >= 0) BeginItem();
        _output.Add(token);
        if (token.Text.Length > 0 || (response.Settings.Logprobs && token.Logprobs is not null)) WriteDelta(token);
    }

    /// <param name="turn">The turn when it had ended.</param>
    public void End(TurnInfo turn)
    {
        if (_output.Begun) EndItem();
        var json = Begin(EndOf(_output.FinishReason));
        if (json is null) return;
        json.WritePropertyName(Names.Response);
        _parts.WriteEnded(json, _output, turn);
        End(json);
    }

    /// <summary>The stream cannot go on. Not a part of the response: it has no number, and the stream can be resumed.</summary>
    public static void WriteError(SseWriter sse, ApiError error)
    {
        var json = sse.Begin(Names.Error);
        json.WriteStartObject();
        json.WriteString(Names.Type, Names.Error);
        json.WriteString("code", error.Code);
        json.WriteString("message", error.Message);
        json.WriteString("param", error.Param);
        json.WriteEndObject();
        sse.End();
    }

    void BeginProgress()
    {
        _inProgress = true;
        WriteRunning(Names.InProgress, ResponseJson.InProgress);
    }

    void BeginItem()
    {
        WriteItem(Names.ItemAdded, ResponseJson.InProgress, null);
        WritePart(Names.PartAdded, null);
    }

    void EndItem()
    {
        if (Begin(Names.TextDone) is { } json)
        {
            _parts.WritePlace(json);
            LogprobsJson.WriteItems(json, JsonNames.Logprobs, _output.Logprobs);
            json.WriteString(JsonNames.Text, _output.Text);
            End(json);
        }
        WritePart(Names.PartDone, _output);
        WriteItem(Names.ItemDone, ResponseJson.ItemStatusOf(_output.FinishReason), _output);
    }

    void WriteRunning(JsonEncodedText type, string status)
    {
        if (Begin(type) is not { } json) return;
        json.WritePropertyName(Names.Response);
        _parts.WriteRunning(json, status);
        End(json);
    }

    void WriteItem(JsonEncodedText type, string status, ResponseOutput? output)
    {
        if (Begin(type) is not { } json) return;
        json.WriteNumber(Names.OutputIndex, 0);
        json.WritePropertyName(Names.Item);
        _parts.WriteItem(json, status, output);
        End(json);
    }

    void WritePart(JsonEncodedText type, ResponseOutput? output)
    {
        if (Begin(type) is not { } json) return;
        _parts.WritePlace(json);
        json.WritePropertyName(Names.Part);
        ResponseJson.WritePart(json, output);
        End(json);
    }

    void WriteDelta(TokenEvent token)
    {
        if (Begin(Names.TextDelta) is not { } json) return;
        _parts.WritePlace(json);
        json.WriteString(JsonNames.Delta, token.Text);
        LogprobsJson.WriteItems(json, JsonNames.Logprobs, token.Logprobs is { } logprobs ? [logprobs] : []);
        End(json);
    }

    /// <returns>Null: the event has its number, and the reader has the event.</returns>
    Utf8JsonWriter? Begin(JsonEncodedText type)
    {
        var number = _next++;
        if (number <= seen) return null;
        var json = sse.Begin(type, number);
        json.WriteStartObject();
        json.WriteString(Names.Type, type);
        json.WriteNumber(Names.SequenceNumber, number);
        return json;
    }

    void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        sse.End();
    }

    // OpenAI has no event for a response that was cancelled: its stream ends as one that is incomplete, and its status says why.
    static JsonEncodedText EndOf(FinishReason? reason) => reason switch
    {
        FinishReason.Stop => Names.Completed,
        FinishReason.Length or FinishReason.Abort => Names.Incomplete,
        _ => Names.Failed,
    };

    static class Names
    {
        public static readonly JsonEncodedText Created = Encode("response.created");
        public static readonly JsonEncodedText Queued = Encode("response.queued");
        public static readonly JsonEncodedText InProgress = Encode("response.in_progress");
        public static readonly JsonEncodedText ItemAdded = Encode("response.output_item.added");
        public static readonly JsonEncodedText PartAdded = Encode("response.content_part.added");
        public static readonly JsonEncodedText TextDelta = Encode("response.output_text.delta");
        public static readonly JsonEncodedText TextDone = Encode("response.output_text.done");
        public static readonly JsonEncodedText PartDone = Encode("response.content_part.done");
        public static readonly JsonEncodedText ItemDone = Encode("response.output_item.done");
        public static readonly JsonEncodedText Completed = Encode("response.completed");
        public static readonly JsonEncodedText Incomplete = Encode("response.incomplete");
        public static readonly JsonEncodedText Failed = Encode("response.failed");
        public static readonly JsonEncodedText Error = Encode("error");
        public static readonly JsonEncodedText Type = Encode("type");
        public static readonly JsonEncodedText SequenceNumber = Encode("sequence_number");
        public static readonly JsonEncodedText OutputIndex = Encode("output_index");
        public static readonly JsonEncodedText Response = Encode("response");
        public static readonly JsonEncodedText Item = Encode("item");
        public static readonly JsonEncodedText Part = Encode("part");

        static JsonEncodedText Encode(string text) => JsonEncodedText.Encode(text);
    }
}
