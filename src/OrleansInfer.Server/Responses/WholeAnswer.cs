using System.Text;
using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A completion as one JSON object, once all of its choices have ended.</summary>
internal sealed class WholeAnswer(Completion completion, GenerationSpan? span)
{
    readonly AnswerHead _head = new(completion, completion.Format.Chat ? "chat.completion" : "text_completion");
    readonly Choice[] _choices = [.. Enumerable.Range(0, completion.Conversations.Count * completion.Turn.N).Select(_ => new Choice())];
    readonly UsageSum _usage = new();

    public async Task Write(HttpResponse response, ConversationReader reader, CancellationToken cancellation)
    {
        await foreach (var (prompt, page) in reader.Read(completion, cancellation)) Add(prompt, page);
        if (_choices.Any(choice => choice.FinishReason == FinishReason.Error)) throw new ApiException(ApiError.Internal());
        response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(response.BodyWriter, WireJson.Writer)) WriteBody(json);
        await response.BodyWriter.FlushAsync(cancellation);
        span?.Finish(_usage.Total);
    }

    void Add(int prompt, TokenPage page)
    {
        foreach (var token in page.Events)
        {
            span?.Add(prompt, token);
            var choice = _choices[completion.IndexOf(prompt, token.Choice)];
            if (token.Logprobs is { } logprobs) choice.Logprobs.Add((logprobs, choice.Text.Length));
            choice.Text.Append(token.Text);
            choice.FinishReason = token.FinishReason ?? choice.FinishReason;
            choice.StopReason = token.StopReason ?? choice.StopReason;
        }
        _usage.Add(page.Usage);
    }

    void WriteBody(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        _head.Write(json);
        json.WriteStartArray(JsonNames.Choices);
        for (var i = 0; i < _choices.Length; i++) WriteChoice(json, i);
        json.WriteEndArray();
        AnswerHead.WriteUsage(json, _usage.Total);
        json.WriteEndObject();
    }

    void WriteChoice(Utf8JsonWriter json, int index)
    {
        var choice = _choices[index];
        json.WriteStartObject();
        json.WriteNumber(JsonNames.Index, index);
        if (completion.Format.Chat) WriteMessage(json, choice);
        else json.WriteString(JsonNames.Text, completion.Conversations[index / completion.Turn.N].Format.Echo + choice.Text);
        WriteLogprobs(json, choice);
        json.WriteString(JsonNames.FinishReason, AnswerHead.Word(choice.FinishReason));
        if (choice.StopReason is { } stop) json.WriteString(JsonNames.StopReason, stop);
        json.WriteEndObject();
    }

    static void WriteMessage(Utf8JsonWriter json, Choice choice)
    {
        json.WriteStartObject("message");
        json.WriteString(JsonNames.Role, JsonNames.Assistant);
        json.WriteString(JsonNames.Content, choice.Text.ToString());
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    void WriteLogprobs(Utf8JsonWriter json, Choice choice)
    {
        if (!completion.Format.Logprobs) json.WriteNull(JsonNames.Logprobs);
        else if (completion.Format.Chat) LogprobsJson.WriteChat(json, choice.Logprobs.Select(item => item.Content));
        else LogprobsJson.WriteCompletion(json, choice.Logprobs);
    }

    sealed class Choice
    {
        public StringBuilder Text { get; } = new();
        public List<(LogprobsContent Content, int Offset)> Logprobs { get; } = [];
        public FinishReason? FinishReason { get; set; }
        public string? StopReason { get; set; }
    }
}
