using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class WholeAnswerTests
{
    static readonly TokenEvent[] Tokens =
    [
        AnswerCase.Token(0, "x", 1), AnswerCase.Token(1, "a", 0), AnswerCase.Token(2, "", 1, FinishReason.Length),
            AnswerCase.Token(3, "b", 0, FinishReason.Stop, "END"),
    ];

    [Fact]
    public async Task Of_a_chat_is_a_message_a_choice()
    {
        var json = await AnswerCase.Whole(AnswerCase.Completion(new ResponseFormat { Chat = true }, Tokens, n: 2));
        Assert.Equal(
            """{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"tiny","system_fingerprint":"fp","""
            + "\"choices\":["
            + """{"index":0,"message":{"role":"assistant","content":"ab","refusal":null},"logprobs":null,"""
            + "\"finish_reason\":\"stop\",\"stop_reason\":\"END\"},"
            + """{"index":1,"message":{"role":"assistant","content":"x","refusal":null},"logprobs":null,"finish_reason":"length"}]"""
            + ",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":2}}}", json);
    }

    [Fact]
    public async Task Of_two_prompts_numbers_the_choices_through_and_adds_usage_up()
    {
        var format = new ResponseFormat { Chat = false, NumPrompts = 2, Echo = "> " };
        using var json = JsonDocument.Parse(await AnswerCase.Whole(AnswerCase.Completion(format, Tokens, n: 2)));
        Assert.Equal(["> ab", "> x", "> ab", "> x"],
            json.RootElement.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()));
        Assert.Equal(14, json.RootElement.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task Of_a_failed_choice_is_an_error() => await Assert.ThrowsAsync<ApiException>(() =>
        AnswerCase.Whole(AnswerCase.Completion(new ResponseFormat { Chat = true }, [AnswerCase.Token(0, "", finish: FinishReason.Error)])));
}
