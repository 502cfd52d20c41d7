using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class StreamedResponseTests
{
    const string Request = """{"input":"hi","temperature":0,"top_p":1,"instructions":"Be brief."}""";

    const string ItemId = $"msg_{ResponseCase.Digits}00000005";

    static readonly TokenEvent[] Tokens =
    [
        AnswerCase.Token(0, "hey"), AnswerCase.Token(1, ""), AnswerCase.Token(2, " \"x\""),
            AnswerCase.Token(3, "", finish: FinishReason.Stop),
    ];

    [Fact]
    public async Task Is_exactly_what_OpenAI_sends()
    {
        var stream = await ResponseCase.Stream(ResponseCase.Response(Request, Tokens));
        var done = Part("hey \\\"x\\\"");
        var begun = Object("in_progress", "null", "", "null");
        var ended = Object("completed", "1700000009", Item("completed", done), Usage);
        const string Place = $"\"item_id\":\"{ItemId}\",\"output_index\":0,\"content_index\":0";
        Assert.Equal(
            $$$"""
            event: response.created
            id: 0
            data: {"type":"response.created","sequence_number":0,"response":{{{begun}}}}

            event: response.in_progress
            id: 1
            data: {"type":"response.in_progress","sequence_number":1,"response":{{{begun}}}}

            event: response.output_item.added
            id: 2
            data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{{{Item("in_progress", "")}}}}

            event: response.content_part.added
            id: 3
            data: {"type":"response.content_part.added","sequence_number":3,{{{Place}}},"part":{{{Part("")}}}}

            event: response.output_text.delta
            id: 4
            data: {"type":"response.output_text.delta","sequence_number":4,{{{Place}}},"delta":"hey","logprobs":[]}

            event: response.output_text.delta
            id: 5
            data: {"type":"response.output_text.delta","sequence_number":5,{{{Place}}},"delta":" \"x\"","logprobs":[]}

            event: response.output_text.done
            id: 6
            data: {"type":"response.output_text.done","sequence_number":6,{{{Place}}},"logprobs":[],"text":"hey \"x\""}

            event: response.content_part.done
            id: 7
            data: {"type":"response.content_part.done","sequence_number":7,{{{Place}}},"part":{{{done}}}}

            event: response.output_item.done
            id: 8
            data: {"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":{{{Item("completed", done)}}}}

            event: response.completed
            id: 9
            data: {"type":"response.completed","sequence_number":9,"response":{{{ended}}}}


            """, stream);
    }

    const string Usage = """{"input_tokens":3,"input_tokens_details":{"cached_tokens":2,"cache_write_tokens":0},"output_tokens":4,"""
        + "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":7}";

    static string Part(string text) => $$"""{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}""";

    static string Item(string status, string content) =>
        $$"""{"id":"{{ItemId}}","type":"message","status":"{{status}}","content":[{{content}}],"role":"assistant"}""";

    static string Object(string status, string completedAt, string output, string usage) => $$"""
        {"id":"resp_{{ResponseCase.Digits}}00000002","object":"response","created_at":1700000000,"status":"{{status}}",
        "completed_at":{{completedAt}},"error":null,"incomplete_details":null,"model":"tiny","system_fingerprint":"fp",
        "instructions":"Be brief.","output":[{{output}}],"usage":{{usage}},"tools":[],
        "background":false,"conversation":null,"max_output_tokens":null,"max_tool_calls":null,"metadata":{},
        "parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},
        "safety_identifier":null,"service_tier":"default","store":true,"temperature":0,
        "text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","top_logprobs":0,"top_p":1,
        "truncation":"disabled","user":null}
        """.ReplaceLineEndings("");

    [Theory]
    [InlineData("""{"input":"hi","background":true}""")]
    [InlineData("""{"input":"hi","include":["message.output_text.logprobs"]}""")]
    public async Task Resumed_behind_any_event_is_what_followed_it(string request)
    {
        TokenEvent[] tokens =
        [
            AnswerCase.Token(0, "a", logprob: -1), AnswerCase.Token(1, "", logprob: -2), AnswerCase.Token(2, "b", logprob: -3),
                AnswerCase.Token(3, "c", finish: FinishReason.Length, logprob: -4),
        ];
        var events = AnswerCase.Events(await ResponseCase.Stream(ResponseCase.Response(request, tokens)));
        for (var i = 0; i < events.Count; i++)
        {
            Assert.Contains($"\nid: {i}\n", events[i]);
            for (var page = 1; page <= 4; page++)
                Assert.Equal(string.Concat(events[(i + 1)..].Select(e => e + "\n\n")),
                    await ResponseCase.Stream(ResponseCase.Response(request, tokens, page), i));
        }
    }

    [Fact]
    public async Task A_response_in_the_background_is_queued_until_its_first_token()
    {
        const string Background = """{"input":"hi","background":true}""";
        var types = Types(await ResponseCase.Stream(ResponseCase.Response(Background, Tokens)));
        Assert.Equal(["response.created", "response.queued", "response.in_progress", "response.output_item.added"], types[..4]);
        Assert.Equal("queued", Status(await ResponseCase.Whole(ResponseCase.Response(Background, [], running: true), wait: false)));
    }

    [Theory]
    [InlineData(FinishReason.Stop, "response.completed", "completed", "completed")]
    [InlineData(FinishReason.Length, "response.incomplete", "incomplete", "incomplete")]
    [InlineData(FinishReason.Abort, "response.incomplete", "cancelled", "incomplete")]
    [InlineData(FinishReason.Error, "response.failed", "failed", "incomplete")]
    public async Task The_last_event_says_how_it_ended_and_holds_what_a_whole_answer_is(
        FinishReason reason, string type, string status, string itemStatus)
    {
        TokenEvent[] tokens = [AnswerCase.Token(0, "a"), AnswerCase.Token(1, "b", finish: reason)];
        var response = ResponseCase.Response(Request, tokens);
        var last = AnswerCase.Events(await ResponseCase.Stream(response))[^1];
        Assert.StartsWith($"event: {type}\n", last);
        var answer = EventReader.Data(last).GetProperty("response");
        Assert.Equal(answer.GetRawText(), await ResponseCase.Whole(response));
        Assert.Equal((status, itemStatus, "ab"), (answer.GetProperty("status").GetString(),
            answer.GetProperty("output")[0].GetProperty("status").GetString(),
            answer.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString()));
        Assert.Equal(reason == FinishReason.Length, answer.GetProperty("incomplete_details").ValueKind == JsonValueKind.Object);
        Assert.Equal(reason == FinishReason.Error, answer.GetProperty("error").ValueKind == JsonValueKind.Object);
        Assert.Equal(reason == FinishReason.Stop, answer.GetProperty("completed_at").ValueKind == JsonValueKind.Number);
    }

    [Fact]
    public async Task A_response_that_ends_before_its_first_token_has_no_output()
    {
        var end = AnswerCase.Token(0, "", finish: FinishReason.Abort) with { TokenId = -1 };
        var response = ResponseCase.Response(Request, [end]);
        Assert.Equal(["response.created", "response.in_progress", "response.incomplete"], Types(await ResponseCase.Stream(response)));
        Assert.Contains("\"output\":[]", await ResponseCase.Whole(response));
    }

    [Fact]
    public async Task Log_probabilities_come_with_each_delta_and_all_with_the_text()
    {
        TokenEvent[] tokens = [AnswerCase.Token(0, "a", logprob: -1), AnswerCase.Token(1, "", finish: FinishReason.Stop, logprob: -2)];
        var events = AnswerCase.Events(await ResponseCase.Stream(ResponseCase.Response(
            """{"input":"hi","include":["message.output_text.logprobs"],"top_logprobs":2}""", tokens)));
        var deltas = events.Where(e => e.StartsWith("event: response.output_text.delta\n", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, deltas.Count);
        Assert.Contains("""
            "delta":"a","logprobs":[{"token":"a","logprob":-1,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-1,"bytes":[97]},
            """.Trim(), deltas[0]);
        Assert.Equal(2, EventReader.Data(events.Single(e => e.StartsWith("event: response.output_text.done\n", StringComparison.Ordinal)))
            .GetProperty("logprobs").GetArrayLength());
    }

    [Fact]
    public async Task Functions_are_repeated_as_they_were_given()
    {
        const string Tools = """[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true}]""";
        foreach (var choice in (string[])["auto", "none"])
            Assert.Contains($"\"tools\":{Tools}", await ResponseCase.Whole(
                ResponseCase.Response($$"""{"input":"hi","tools":{{Tools}},"tool_choice":"{{choice}}"}""", Tokens)));
    }

    [Fact]
    public async Task A_response_under_way_has_the_text_so_far()
    {
        var running = ResponseCase.Response(Request, [AnswerCase.Token(0, "a"), AnswerCase.Token(1, "b")], running: true);
        Assert.Equal("in_progress", Status(await ResponseCase.Whole(running, wait: false)));
        Assert.Contains("\"text\":\"ab\"", await ResponseCase.Whole(running, wait: false));
    }

    static string? Status(string response) => JsonDocument.Parse(response).RootElement.GetProperty("status").GetString();

    static List<string> Types(string stream) =>
        [.. AnswerCase.Events(stream).Select(e => EventReader.Data(e).GetProperty("type").GetString()!)];
}
