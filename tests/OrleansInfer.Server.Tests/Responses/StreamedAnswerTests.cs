using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class StreamedAnswerTests
{
    const string Head = """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"tiny","""
        + "\"system_fingerprint\":\"fp\",\"choices\":[";

    static readonly ResponseFormat Chat = new() { Chat = true };

    static readonly TokenEvent[] Tokens =
    [
        AnswerCase.Token(0, ""), AnswerCase.Token(1, "caf\u00e9\n\"\U0001F600"), AnswerCase.Token(2, ""),
            AnswerCase.Token(3, "!", finish: FinishReason.Stop, stop: "END"),
    ];

    [Fact]
    public async Task Is_exactly_what_OpenAI_sends()
    {
        var stream = await AnswerCase.Stream(AnswerCase.Completion(Chat, Tokens));
        Assert.Equal(
            $$"""
            id: 0
            data: {{Head}}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

            id: 1
            data: {{Head}}{"index":0,"delta":{"content":"caf{{'\u00e9'}}\n\"{{"\\uD83D\\uDE00"}}"},"logprobs":null,"finish_reason":null}]}

            id: 3
            data: {{Head}}{"index":0,"delta":{"content":"!"},"logprobs":null,"finish_reason":"stop","stop_reason":"END"}]}

            data: [DONE]


            """, stream);
    }

    [Fact]
    public async Task Ends_with_usage_where_it_was_asked_for()
    {
        var events = AnswerCase.Events(await AnswerCase.Stream(AnswerCase.Completion(Chat with { IncludeUsage = true }, Tokens)));
        Assert.All(events[..3], e => Assert.EndsWith("\"usage\":null}", e));
        Assert.Equal($"id: 4\ndata: {Head}]," + """
            "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":2}}}
            """, events[3]);
        Assert.Equal("data: [DONE]", events[4]);
    }

    [Fact]
    public async Task Resumed_behind_any_event_is_what_followed_it()
    {
        foreach (var format in (ResponseFormat[])[Chat with { IncludeUsage = true, Logprobs = true },
            new() { Chat = false, Logprobs = true, Echo = "once " }])
        {
            TokenEvent[] tokens =
            [
                AnswerCase.Token(0, "a", 1, logprob: -1), AnswerCase.Token(1, "", 0, logprob: -2), AnswerCase.Token(2, "b", 0),
                    AnswerCase.Token(3, "", 1, FinishReason.Length),
                AnswerCase.Token(4, "c", 0, FinishReason.Stop, logprob: -3),
            ];
            var whole = await AnswerCase.Stream(AnswerCase.Completion(format, tokens, n: 2));
            var events = AnswerCase.Events(whole);
            for (var i = 0; i < events.Count - 1; i++)
            {
                var id = events[i].Split('\n')[0]["id: ".Length..];
                var rest = await AnswerCase.Stream(AnswerCase.Completion(format, tokens, n: 2, pageSize: 3), id);
                Assert.Equal(string.Concat(events[(i + 1)..].Select(e => e + "\n\n")), rest);
            }
        }
    }

    [Fact]
    public async Task A_request_of_two_prompts_resumes_each_where_it_stood()
    {
        var format = new ResponseFormat { Chat = false, NumPrompts = 2 };
        var events = AnswerCase.Events(await AnswerCase.Stream(AnswerCase.Completion(format, Tokens)));
        Assert.Equal(2 * 3 + 1, events.Count);
        var rest = AnswerCase.Events(await AnswerCase.Stream(AnswerCase.Completion(format, Tokens), "3,1"));
        Assert.Equal(2, rest.Count);
        Assert.StartsWith("id: 3,3\n", rest[0]);
        Assert.Contains("\"index\":1,\"text\":\"!\"", rest[0]);
    }

    [Fact]
    public async Task A_failed_choice_is_an_error_event()
    {
        var events = AnswerCase.Events(await AnswerCase.Stream(
            AnswerCase.Completion(Chat, [AnswerCase.Token(0, "", finish: FinishReason.Error)])));
        Assert.StartsWith("id: 0\ndata: {\"error\":{\"message\":", events[0]);
        Assert.Equal("data: [DONE]", events[1]);
    }

    [Fact]
    public async Task Old_log_probabilities_are_parallel_arrays()
    {
        var format = new ResponseFormat { Chat = false, Logprobs = true };
        var events = AnswerCase.Events(await AnswerCase.Stream(AnswerCase.Completion(format,
            [AnswerCase.Token(0, "ab", logprob: -0.5f), AnswerCase.Token(1, "c", finish: FinishReason.Length, logprob: -1)])));
        Assert.Contains("""
            {"index":0,"text":"ab","logprobs":{"tokens":["ab"],"token_logprobs":[-0.5],"top_logprobs":[{"ab":-0.5,"other":-1.5}],
            """.TrimEnd() + "\"text_offset\":[0]},\"finish_reason\":null}", events[0]);
        Assert.Contains("\"text_offset\":[2]", events[1]);
    }

    [Fact]
    public async Task Old_log_probabilities_show_the_sampled_token_among_the_likeliest()
    {
        var unlikely = AnswerCase.Token(0, "ab", finish: FinishReason.Length, logprob: -0.5f);
        unlikely = unlikely with { Logprobs = unlikely.Logprobs! with { Top = [new("other", [], -0.25f)] } };
        var events = AnswerCase.Events(await AnswerCase.Stream(
            AnswerCase.Completion(new ResponseFormat { Chat = false, Logprobs = true }, [unlikely])));
        Assert.Contains("""
            "top_logprobs":[{"other":-0.25,"ab":-0.5}]
            """.Trim(), events[0]);
    }

    [Fact]
    public async Task New_log_probabilities_have_bytes_and_no_infinity()
    {
        var events = AnswerCase.Events(await AnswerCase.Stream(
            AnswerCase.Completion(Chat with { Logprobs = true }, [AnswerCase.Token(0, "a", finish: FinishReason.Stop, logprob: -0.5f)])));
        Assert.Contains("""
            "logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.5,"bytes":[97]},
            """.Trim(), events[0]);
        Assert.Contains("\"logprob\":-9999,", events[0]);
    }
}
