namespace OrleansInfer.Server.Tests;

public sealed class ChatRefusalTests
{
    [Theory]
    [InlineData(""", "temperature":-1""", "temperature")]
    [InlineData(""", "temperature":2.5""", "temperature")]
    [InlineData(""", "temperature":1e400""", "temperature")]
    [InlineData(""", "temperature":"1" """, "temperature", "invalid_type")]
    [InlineData(""", "top_p":0""", "top_p")]
    [InlineData(""", "top_p":1.1""", "top_p")]
    [InlineData(""", "top_k":-2""", "top_k")]
    [InlineData(""", "min_p":-0.1""", "min_p")]
    [InlineData(""", "presence_penalty":3""", "presence_penalty")]
    [InlineData(""", "frequency_penalty":-2.01""", "frequency_penalty")]
    [InlineData(""", "repetition_penalty":0""", "repetition_penalty")]
    [InlineData(""", "n":0""", "n")]
    [InlineData(""", "n":129""", "n")]
    [InlineData(""", "n":1.5""", "n", "invalid_type")]
    [InlineData(""", "n":1e30""", "n")]
    [InlineData(""", "n":99999999999999999999999999""", "n")]
    [InlineData(""", "seed":1e19""", "seed")]
    [InlineData(""", "max_tokens":0""", "max_tokens")]
    [InlineData(""", "max_tokens":-1""", "max_tokens")]
    [InlineData(""", "max_completion_tokens":0""", "max_completion_tokens")]
    [InlineData(""", "min_tokens":-1""", "min_tokens")]
    [InlineData(""", "max_tokens":2,"min_tokens":3""", "min_tokens")]
    [InlineData(""", "top_logprobs":21,"logprobs":true""", "top_logprobs")]
    [InlineData(""", "top_logprobs":2""", "top_logprobs")]
    [InlineData(""", "logprobs":1""", "logprobs", "invalid_type")]
    [InlineData(""", "stream":"yes" """, "stream", "invalid_type")]
    [InlineData(""", "stream_options":{"include_usage":true}""", "stream_options")]
    [InlineData(""", "stream":true,"stream_options":{"usage":true}""", "stream_options.usage", "unknown_parameter")]
    [InlineData(""", "stop":[""]""", "stop")]
    [InlineData(""", "stop":[1]""", "stop[0]", "invalid_type")]
    [InlineData(""", "stop":"\ud800" """, "stop")]
    [InlineData(""", "stop":["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q"]""", "stop", "array_above_max_length")]
    [InlineData(""", "stop_token_ids":[1000]""", "stop_token_ids[0]")]
    [InlineData(""", "logit_bias":{"1000":1}""", "logit_bias")]
    [InlineData(""", "logit_bias":{"-1":1}""", "logit_bias")]
    [InlineData(""", "logit_bias":{"x":1}""", "logit_bias")]
    [InlineData(""", "logit_bias":{"1":101}""", "logit_bias")]
    [InlineData(""", "logit_bias":[1]""", "logit_bias", "invalid_type")]
    [InlineData(""", "temprature":1""", "temprature", "unknown_parameter")]
    [InlineData(""", "unheard_of":null""", "unheard_of", "unknown_parameter")]
    [InlineData(""", "response_format":{"type":"json_object"}""", "response_format", "unsupported_parameter")]
    [InlineData(""", "tool_choice":"required" """, "tool_choice", "unsupported_parameter")]
    [InlineData(""", "tool_choice":{"type":"function","function":{"name":"f"}}""", "tool_choice", "unsupported_parameter")]
    [InlineData(""", "tools":[{"type":"function"}]""", "tools[0].function", "missing_required_parameter")]
    [InlineData(""", "tools":{}""", "tools", "invalid_type")]
    [InlineData(""", "modalities":["text","audio"]""", "modalities", "unsupported_parameter")]
    [InlineData(""", "audio":{"voice":"x"}""", "audio", "unsupported_parameter")]
    [InlineData(""", "chat_template":"{{ 1 }}" """, "chat_template", "unsupported_parameter")]
    [InlineData(""", "chat_template_kwargs":{"messages":[]}""", "chat_template_kwargs")]
    [InlineData(""", "chat_template_kwargs":[]""", "chat_template_kwargs", "invalid_type")]
    [InlineData(""", "guided_json":{}""", "guided_json", "unsupported_parameter")]
    [InlineData(""", "use_beam_search":true""", "use_beam_search", "unsupported_parameter")]
    public void Refuses_by_the_name_of_the_parameter(string fields, string param, string code = "invalid_value")
    {
        var error = RequestCase.Refusal(() => RequestCase.Chat(RequestCase.ChatWith(fields)));
        Assert.Equal((400, "invalid_request_error", param, code), (error.Status, error.Type, error.Param, error.Code));
        Assert.Contains(param.Split('.')[0].Split('[')[0], error.Message);
    }

    [Theory]
    [InlineData("""{}""", "messages", "missing_required_parameter")]
    [InlineData("""{"messages":[]}""", "messages", "invalid_value")]
    [InlineData("""{"messages":"hi"}""", "messages", "invalid_type")]
    [InlineData("""[]""", "body", "invalid_type")]
    [InlineData("""{"messages":[1]}""", "messages[0]", "invalid_type")]
    [InlineData("""{"messages":[{"content":"hi"}]}""", "messages[0].role", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"robot","content":"hi"}]}""", "messages[0].role", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0].content", "missing_required_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":3}]}""", "messages[0].content", "invalid_type")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud800"}]}""", "messages[0].content", "invalid_value")]
    [InlineData("""{"messages":[{"role":"user","content":"hi","mood":"good"}]}""", "messages[0].mood", "unknown_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""",
        "messages[0].content[0].type", "unsupported_parameter")]
    [InlineData("""{"messages":[{"role":"user","content":"a","tool_calls":[]}]}""", "messages[0].tool_calls", "invalid_value")]
    public void Refuses_messages_by_their_place(string json, string param, string code)
    {
        var error = RequestCase.Refusal(() => RequestCase.Chat(json));
        Assert.Equal((400, param, code), (error.Status, error.Param, error.Code));
    }

    [Fact]
    public void Refuses_a_model_that_is_not_served()
    {
        var error = RequestCase.Refusal(() => RequestCase.Chat(RequestCase.ChatWith(""", "model":"gpt-4" """)));
        Assert.Equal((404, "model", "model_not_found"), (error.Status, error.Param, error.Code));
    }

    [Fact]
    public void Shows_no_more_than_the_beginning_of_a_huge_number()
    {
        var error = RequestCase.Refusal(() => RequestCase.Chat(RequestCase.ChatWith($", \"n\":{new string('9', 100_000)}")));
        Assert.InRange(error.Message.Length, 1, 200);
    }
}
