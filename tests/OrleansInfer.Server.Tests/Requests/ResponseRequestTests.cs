using System.Text.Json;

namespace OrleansInfer.Server.Tests;

public sealed class ResponseRequestTests
{
    const string Digits = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void Takes_a_text_and_the_defaults_of_the_model()
    {
        var call = RequestCase.Response("""{"input":"hi"}""");
        Assert.Equal(("user", "hi"), (call.Input[0].Message!.Role, call.Input[0].Message!.Content));
        Assert.Equal((false, false, true), (call.Stream, call.Background, call.Stored));
        Assert.Equal((0.7f, 0.9f, null, null), (call.Turn.Sampling.Temperature, call.Turn.Sampling.TopP, call.Turn.Sampling.MaxTokens,
            call.Turn.Sampling.Logprobs));
        var settings = ResponseSettings.FromTag(call.Turn.Tag)!;
        Assert.Equal((false, true, false, false), (settings.Background, settings.Stored, settings.InConversation, settings.Logprobs));
    }

    [Fact]
    public void Takes_the_sampling_parameters_of_a_chat()
    {
        var sampling = RequestCase.Response("""
            {"input":"hi","max_output_tokens":50,"temperature":0.25,"top_p":0.5,"top_k":4,"min_p":0.125,"seed":-1,"presence_penalty":1,
             "frequency_penalty":-1,"repetition_penalty":1.5,"logit_bias":{"7":-100},"stop":["a","b"],"stop_token_ids":[3],"min_tokens":2,
             "ignore_eos":true,"include_stop_str_in_output":true,"skip_special_tokens":false,"n":1,
             "include":["message.output_text.logprobs","reasoning.encrypted_content"],"top_logprobs":3}
            """).Turn.Sampling;
        Assert.Equal((50, 0.25f, 0.5f, 4, 0.125f, ulong.MaxValue), (sampling.MaxTokens, sampling.Temperature, sampling.TopP, sampling.TopK,
            sampling.MinP, sampling.Seed));
        Assert.Equal((1f, -1f, 1.5f, -100f, 2, 3), (sampling.PresencePenalty, sampling.FrequencyPenalty, sampling.RepetitionPenalty,
            sampling.LogitBias![7], sampling.MinTokens, sampling.Logprobs));
        Assert.Equal((true, true, false), (sampling.IgnoreEos, sampling.IncludeStopStrInOutput, sampling.SkipSpecialTokens));
        Assert.Equal(["a", "b"], sampling.Stop);
        Assert.Equal([3], sampling.StopTokenIds);
    }

    [Fact]
    public void Repeats_what_was_asked_for()
    {
        var call = RequestCase.Response($$"""
            {"input":"hi","instructions":"Be brief.","background":true,"max_output_tokens":5,"metadata":{ "caf\u00e9":"\"x\"" },
             "parallel_tool_calls":false,"previous_response_id":"resp_{{Digits}}00000002","prompt_cache_key":"k","user":"u","temperature":0,
             "reasoning":{"effort":"low","summary":"auto"},"service_tier":"auto","text":{"format":{"type":"text"} },"truncation":"disabled",
             "top_p":1,"stream":true,"stream_options":{"include_obfuscation":false},"max_tool_calls":3,"safety_identifier":null}
            """);
        Assert.Equal(($"conv_{Digits}", 2), (call.Previous!.Value.Conversation.ToString(), call.Previous.Value.Turn));
        Assert.Equal("""{"reasoning_effort":"low"}""", call.Turn.ChatTemplateKwargsJson);
        Assert.Equal("Be brief.", call.Turn.Instructions);
        Assert.Equal($$$"""
            {"background":true,"conversation":null,"max_output_tokens":5,"max_tool_calls":null,"metadata":{"caf{{{'\u00e9'}}}":"\"x\""},
            "parallel_tool_calls":false,"previous_response_id":"resp_{{{Digits}}}00000002","prompt_cache_key":"k",
            "reasoning":{"effort":"low","summary":null},"safety_identifier":null,"service_tier":"default","store":true,"temperature":0,
            "text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","top_logprobs":0,"top_p":1,"truncation":"disabled",
            "user":"u"}
            """.ReplaceLineEndings(""), ResponseSettings.FromTag(call.Turn.Tag)!.Echo.GetRawText());
    }

    [Fact]
    public void A_conversation_is_named_by_its_id_or_by_an_object_with_it()
    {
        Assert.Equal($"conv_{Digits}", RequestCase.Response($$"""{"conversation":"conv_{{Digits}}"}""").Conversation.ToString());
        var call = RequestCase.Response($$$"""{"conversation":{"id":"conv_{{{Digits}}}"},"input":"hi"}""");
        Assert.Equal($"conv_{Digits}", call.Conversation.ToString());
        Assert.True(ResponseSettings.FromTag(call.Turn.Tag)!.InConversation);
    }

    [Fact]
    public void Functions_get_the_shape_that_chat_templates_know()
    {
        const string tools = """[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}]""";
        var call = RequestCase.Response($$"""{"input":"hi","tools":{{tools}}}""");
        Assert.Equal("""
            [{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}]
            """.Trim(), call.Turn.ToolsJson);
        call = RequestCase.Response($$"""{"input":"hi","tools":{{tools}},"tool_choice":"none"}""");
        Assert.Null(call.Turn.ToolsJson);
        Assert.Equal(tools, ResponseSettings.FromTag(call.Turn.Tag)!.Echo.GetProperty("tools").GetRawText());
    }

    [Fact]
    public void Two_requests_are_never_mistaken_for_one() =>
        Assert.NotEqual(RequestCase.Response("""{"input":"hi"}""").Turn.Tag, RequestCase.Response("""{"input":"hi"}""").Turn.Tag);

    [Theory]
    [InlineData("{}", "input", "missing_required_parameter")]
    [InlineData("""{"input":1}""", "input", "invalid_type")]
    [InlineData("""{"input":"hi","model":"other"}""", "model", "model_not_found", 404)]
    [InlineData("""{"input":"hi","n":2}""", "n", "unsupported_parameter")]
    [InlineData("""{"input":"hi","max_output_tokens":0}""", "max_output_tokens")]
    [InlineData("""{"input":"hi","max_tokens":5}""", "max_tokens", "unsupported_parameter")]
    [InlineData("""{"messages":[]}""", "messages", "unsupported_parameter")]
    [InlineData("""{"input":"hi","response_format":{"type":"text"}}""", "response_format", "unsupported_parameter")]
    [InlineData("""{"input":"hi","temprature":1}""", "temprature", "unknown_parameter")]
    [InlineData("""{"input":"hi","temperature":3}""", "temperature")]
    [InlineData("""{"input":"hi","background":true,"store":false}""", "store")]
    [InlineData("""{"input":"hi","stream_options":{}}""", "stream_options")]
    [InlineData("""{"input":"hi","stream":true,"stream_options":{"usage":true}}""", "stream_options.usage", "unknown_parameter")]
    [InlineData("""{"input":"hi","truncation":"auto"}""", "truncation", "unsupported_parameter")]
    [InlineData("""{"input":"hi","truncation":1}""", "truncation", "unsupported_parameter")]
    [InlineData("""{"input":"hi","text":{"format":{"type":"json_object"}}}""", "text.format", "unsupported_parameter")]
    [InlineData("""{"input":"hi","text":{"verbosity":"low"}}""", "text.verbosity", "unsupported_parameter")]
    [InlineData("""{"input":"hi","reasoning":{"summary":"detailed"}}""", "reasoning.summary", "unsupported_parameter")]
    [InlineData("""{"input":"hi","reasoning":{"depth":1}}""", "reasoning.depth", "unknown_parameter")]
    [InlineData("""{"input":"hi","top_logprobs":2}""", "top_logprobs")]
    [InlineData("""{"input":"hi","include":["everything"]}""", "include[0]")]
    [InlineData("""{"input":"hi","tools":[{"type":"web_search"}]}""", "tools[0].type", "unsupported_parameter")]
    [InlineData("""{"input":"hi","tools":[{"type":"function"}]}""", "tools[0].name", "missing_required_parameter")]
    [InlineData("""{"input":"hi","tools":[{"type":"function","name":"f","function":{}}]}""", "tools[0].function", "unknown_parameter")]
    [InlineData("""{"input":"hi","tool_choice":"required"}""", "tool_choice", "unsupported_parameter")]
    [InlineData("""{"input":"hi","metadata":{"a":1}}""", "metadata.a", "invalid_type")]
    [InlineData("""{"input":"hi","metadata":{"":"x"}}""", "metadata")]
    [InlineData("""{"input":"hi","metadata":[]}""", "metadata", "invalid_type")]
    [InlineData("""{"input":"hi","conversation":"conv_1"}""", "conversation")]
    [InlineData("""{"input":"hi","conversation":{}}""", "conversation.id", "missing_required_parameter")]
    [InlineData("""{"input":"hi","previous_response_id":"resp_1"}""", "previous_response_id", "previous_response_not_found")]
    [InlineData("""{"input":"hi","context_management":[]}""", "context_management", "unsupported_parameter")]
    [InlineData("""{"input":"hi","prompt":{"id":"p"}}""", "prompt", "unsupported_parameter")]
    public void Refuses_by_the_name_of_the_parameter(string json, string param, string code = "invalid_value", int status = 400)
    {
        var error = RequestCase.Refusal(() => RequestCase.Response(json));
        Assert.Equal((status, "invalid_request_error", param, code), (error.Status, error.Type, error.Param, error.Code));
    }

    [Fact]
    public void A_response_follows_another_or_belongs_to_a_conversation_but_not_both() =>
        Assert.Equal("previous_response_id", RequestCase.Refusal(() => RequestCase.Response(
            $$"""{"input":"hi","conversation":"conv_{{Digits}}","previous_response_id":"resp_{{Digits}}00000000"}""")).Param);

    [Fact]
    public void Metadata_has_limits()
    {
        var pairs = string.Join(',', Enumerable.Range(0, 17).Select(i => $"\"{i}\":\"\""));
        Assert.Equal("object_above_max_properties", Refusal($"{{{pairs}}}").Code);
        Assert.Equal("string_above_max_length", Refusal($$"""{"a":"{{new string('x', 513)}}"}""").Code);
        Assert.Equal("metadata", Refusal($$"""{"{{new string('x', 65)}}":""}""").Param);

        static ApiError Refusal(string metadata) =>
            RequestCase.Refusal(() => RequestCase.Response($$"""{"input":"hi","metadata":{{metadata}}}"""));
    }

    [Fact]
    public void A_tag_of_another_kind_is_no_response()
    {
        Assert.Null(ResponseSettings.FromTag(null));
        Assert.Null(ResponseSettings.FromTag("{"));
        Assert.Null(ResponseSettings.FromTag(new ResponseFormat { Chat = true }.ToTag()));
    }
}
