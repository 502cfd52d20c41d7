using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// Tokens to the chunks of a stream. It must be given every event from the turn's first on, also those a reader has already: what a
/// chunk says (who speaks, how far the text has come) depends on the ones before it.
/// </summary>
internal sealed class ChunkWriter(Completion completion)
{
    readonly AnswerHead _head = new(completion, completion.Format.Chat ? "chat.completion.chunk" : "text_completion");
    readonly Choice[] _choices = new Choice[completion.Conversations.Count * completion.Turn.N];
    readonly ResponseFormat _format = completion.Format;

    /// <summary>Takes note of an event. When a reader would see nothing of it, there is no chunk.</summary>
    public Chunk? Next(int prompt, TokenEvent token)
    {
        var index = completion.IndexOf(prompt, token.Choice);
        ref var choice = ref _choices[index];
        var first = !choice.Started;
        var offset = choice.Length;
        choice.Started = true;
        choice.Length += token.Text.Length;
        var echo = first ? completion.Conversations[prompt].Format.Echo : null;
        var visible = first || token.Text.Length > 0 || token.FinishReason is not null || (_format.Logprobs && token.Logprobs is not null);
        return visible ? new Chunk(index, token, first, offset, echo) : null;
    }

    public void Write(Utf8JsonWriter json, Chunk chunk)
    {
        json.WriteStartObject();
        _head.Write(json);
        json.WriteStartArray(JsonNames.Choices);
        json.WriteStartObject();
        json.WriteNumber(JsonNames.Index, chunk.Index);
        if (_format.Chat) WriteDelta(json, chunk);
        else WriteText(json, chunk);
        if (AnswerHead.Word(chunk.Token.FinishReason) is { } reason) json.WriteString(JsonNames.FinishReason, reason);
        else json.WriteNull(JsonNames.FinishReason);
        if (chunk.Token.StopReason is { } stop) json.WriteString(JsonNames.StopReason, stop);
        json.WriteEndObject();
        json.WriteEndArray();
        // OpenAI: where usage was asked for, the chunks before it say null.
        if (_format.IncludeUsage) json.WriteNull(JsonNames.Usage);
        json.WriteEndObject();
    }

    /// <summary>The last chunk of a stream with include_usage.</summary>
    public void WriteUsage(Utf8JsonWriter json, TurnUsage usage)
    {
        json.WriteStartObject();
        _head.Write(json);
        json.WriteStartArray(JsonNames.Choices);
        json.WriteEndArray();
        AnswerHead.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    void WriteDelta(Utf8JsonWriter json, Chunk chunk)
    {
        json.WriteStartObject(JsonNames.Delta);
        if (chunk.First) json.WriteString(JsonNames.Role, JsonNames.Assistant);
        if (chunk.First || chunk.Token.Text.Length > 0) json.WriteString(JsonNames.Content, chunk.Token.Text);
        json.WriteEndObject();
        if (_format.Logprobs && chunk.Token.Logprobs is { } logprobs) LogprobsJson.WriteChat(json, [logprobs]);
        else json.WriteNull(JsonNames.Logprobs);
    }

    void WriteText(Utf8JsonWriter json, Chunk chunk)
    {
        json.WriteString(JsonNames.Text, chunk.Echo is null ? chunk.Token.Text : chunk.Echo + chunk.Token.Text);
        if (_format.Logprobs && chunk.Token.Logprobs is { } logprobs) LogprobsJson.WriteCompletion(json, [(logprobs, chunk.Offset)]);
        else json.WriteNull(JsonNames.Logprobs);
    }

    struct Choice
    {
        public bool Started;
        public int Length;
    }
}

/// <param name="First">Of its choice.</param>
/// <param name="Offset">Characters of the choice's text before this chunk.</param>
internal readonly record struct Chunk(int Index, TokenEvent Token, bool First, int Offset, string? Echo);
