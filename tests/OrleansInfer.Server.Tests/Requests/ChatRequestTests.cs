using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class ChatRequestTests
{
    [Fact]
    public void Takes_the_defaults_of_the_model()
    {
        var turn = RequestCase.Chat(RequestCase.ChatWith("")).Turns.Single();
        Assert.Equal(0.7f, turn.Sampling.Temperature);
        Assert.Equal(0.9f, turn.Sampling.TopP);
        Assert.Null(turn.Sampling.MaxTokens);
        Assert.Equal("tiny", turn.Model);
        Assert.Equal(new ChatMessage("user", "hi"), turn.Messages!.Single());
    }

    [Fact]
    public void Reads_every_sampling_parameter()
    {
        var sampling = RequestCase.Chat(RequestCase.ChatWith("""
            , "n":2,"temperature":0,"top_p":0.5,"top_k":40,"min_p":0.1,"seed":-1,"presence_penalty":0.5,"frequency_penalty":-0.5,
            "repetition_penalty":1.1,"logit_bias":{"7":-100,"8":1.5},"stop":["a","b"],"stop_token_ids":[3],"max_tokens":5,"min_tokens":2,
            "ignore_eos":true,"include_stop_str_in_output":true,"skip_special_tokens":false,"logprobs":true,"top_logprobs":3
            """)).Turns.Single().Sampling;
        Assert.Equal((2, 0f, 0.5f, 40, 0.1f, ulong.MaxValue),
            (sampling.N, sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP, sampling.Seed));
        Assert.Equal((0.5f, -0.5f, 1.1f), (sampling.PresencePenalty, sampling.FrequencyPenalty, sampling.RepetitionPenalty));
        Assert.Equal((5, 2, true, true, false, 3),
            (sampling.MaxTokens, sampling.MinTokens, sampling.IgnoreEos, sampling.IncludeStopStrInOutput,
            sampling.SkipSpecialTokens, sampling.Logprobs));
        Assert.Equal(new Dictionary<int, float> { [7] = -100, [8] = 1.5f }, sampling.LogitBias);
        Assert.Equal(["a", "b"], sampling.Stop);
        Assert.Equal([3], sampling.StopTokenIds);
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData(""", "stream":true""", true, false)]
    [InlineData(""", "stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}""", true, true)]
    public void Reads_how_to_answer(string fields, bool stream, bool usage)
    {
        var call = RequestCase.Chat(RequestCase.ChatWith(fields));
        Assert.Equal((stream, usage), (call.Stream, call.Format.IncludeUsage));
        Assert.Equal(call.Format, ResponseFormat.FromTag(call.Turns.Single().Tag));
    }

    [Theory]
    [InlineData(""", "max_completion_tokens":9,"max_tokens":5""", 9)]
    [InlineData(""", "max_tokens":5.0""", 5)]
    [InlineData(""", "max_tokens":null""", null)]
    public void Reads_the_token_limit(string fields, int? limit) =>
        Assert.Equal(limit, RequestCase.Chat(RequestCase.ChatWith(fields)).Turns.Single().Sampling.MaxTokens);

    [Theory]
    [InlineData(""", "user":"u","metadata":{"a":"b"},"store":false,"service_tier":"auto","prompt_cache_key":"k" """)]
    [InlineData(""", "response_format":{"type":"text"},"tool_choice":"auto","modalities":["text"],"audio":null""")]
    [InlineData(""", "safety_identifier":"x","parallel_tool_calls":true,"priority":0""")]
    [InlineData(""", "priority":0,"use_beam_search":false,"echo":false,"logprobs":false,"stop":null,"seed":9223372036854775807""")]
    public void Accepts_what_changes_nothing(string fields) => Assert.Single(RequestCase.Chat(RequestCase.ChatWith(fields)).Turns);

    [Fact]
    public void Joins_parts_of_text_and_knows_developers()
    {
        var messages = RequestCase.Chat("""
            {"messages":[{"role":"developer","content":"be brief"},
            {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
            {"role":"assistant","content":null,"refusal":null,
            "tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"1","content":"42"}]}
            """).Turns.Single().Messages!;
        Assert.Equal(["system", "user", "assistant", "tool"], messages.Select(message => message.Role));
        Assert.Equal(["be brief", "a\nb", null, "42"], messages.Select(message => message.Content));
        Assert.Contains("\"name\":\"f\"", messages[2].ToolCallsJson);
        Assert.Equal("1", messages[3].ToolCallId);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(""", "tool_choice":"none" """, false)]
    public void Passes_tools_to_the_template_unless_none_are_wanted(string fields, bool passed)
    {
        var turn = RequestCase.Chat(RequestCase.ChatWith(""", "tools":[{"type":"function","function":{"name":"f"}}]""" + fields))
            .Turns.Single();
        Assert.Equal(passed, turn.ToolsJson is not null);
    }

    [Fact]
    public void Passes_variables_to_the_template() =>
        Assert.Equal("""{"enable_thinking":false,"reasoning_effort":"low","add_generation_prompt":false}""",
        RequestCase.Chat(RequestCase.ChatWith(
            """, "chat_template_kwargs":{"enable_thinking":false},"reasoning_effort":"low","add_generation_prompt":false"""))
                .Turns.Single().ChatTemplateKwargsJson);
}
