using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

/// <summary>Responses from scripted tokens.</summary>
internal static class ResponseCase
{
    public const string Digits = "0123456789abcdef0123456789abcdef";

    public static Response Response(string request, IReadOnlyList<TokenEvent> events, int pageSize = 1, bool running = false)
    {
        var call = RequestCase.Response(request);
        var turn = ScriptedConversation.Turn with
        {
            Turn = 2, AnswerItem = 5, Tag = call.Turn.Tag, Instructions = call.Turn.Instructions, ToolsJson = call.Turn.ToolsJson,
        };
        var ended = turn with
        {
            EndSeq = events.Count, Usage = new TurnUsage(3, events.Count, 2), Ended = DateTimeOffset.FromUnixTimeSeconds(1_700_000_009),
        };
        ResponseId.TryParse($"resp_{Digits}00000002", out var id);
        return new(id, "default/x", new ScriptedConversation(events, pageSize) { Ended = ended, Running = running }, turn,
            ResponseSettings.FromTag(turn.Tag)!);
    }

    public static Task<string> Stream(Response response, long seen = -1) => AnswerCase.Body(http =>
        new StreamedResponse(response, seen, null).Write(http, new ConversationReader(TimeProvider.System), default));

    public static Task<string> Whole(Response response, bool wait = true) => AnswerCase.Body(async http =>
    {
        var whole = new WholeResponse(response, null);
        await whole.Read(new ConversationReader(TimeProvider.System), wait, default);
        await whole.Write(http, default);
    });
}
