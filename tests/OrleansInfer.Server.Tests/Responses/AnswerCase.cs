using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

/// <summary>Answers from scripted tokens.</summary>
internal static class AnswerCase
{
    public static TokenEvent Token(long seq, string text, int choice = 0, FinishReason? finish = null, string? stop = null,
        float? logprob = null) => new()
    {
        Seq = seq, Choice = choice, TokenId = 65 + (int)seq, Text = text, FinishReason = finish, StopReason = stop,
        Logprobs = logprob is { } value
            ? new LogprobsContent(Logprob(text, value),
                [Logprob(text, value), Logprob("other", value - 1), Logprob("other", float.NegativeInfinity)])
            : null,
    };

    /// <summary>One with n choices and one a prompt: each prompt has the same tokens.</summary>
    public static Completion Completion(ResponseFormat format, IReadOnlyList<TokenEvent> events, int n = 1, int pageSize = 1)
    {
        var turn = ScriptedConversation.Turn with { N = n };
        var conversations = Enumerable.Range(0, format.NumPrompts)
            .Select(i => new Conversation($"default/x.{i}", new ScriptedConversation(events, pageSize), turn, format)).ToList();
        return new Completion(format.Chat ? "chatcmpl-1" : "cmpl-1", conversations);
    }

    public static Task<string> Stream(Completion completion, string? lastEventId = null)
    {
        var prompts = completion.Conversations.Count;
        var seen = lastEventId is null ? Cursor.Start(prompts) : Cursor.Parse(lastEventId, prompts)!;
        return Body(response => new StreamedAnswer(completion, seen, null)
            .Write(response, new ConversationReader(TimeProvider.System), default));
    }

    public static Task<string> Whole(Completion completion) =>
        Body(response => new WholeAnswer(completion, null).Write(response, new ConversationReader(TimeProvider.System), default));

    /// <summary>The events of a stream, with their ids and data.</summary>
    public static List<string> Events(string stream) => [.. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)];

    public static async Task<string> Body(Func<HttpResponse, Task> write)
    {
        var http = new DefaultHttpContext();
        var body = new MemoryStream();
        http.Response.Body = body;
        await write(http.Response);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    static LogprobsToken Logprob(string text, float logprob) => new(text, Encoding.UTF8.GetBytes(text), logprob);
}
