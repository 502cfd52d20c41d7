using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class CompletionRequestTests
{
    [Fact]
    public void A_text_is_one_prompt_with_sixteen_tokens_by_default()
    {
        var turn = RequestCase.Completion("""{"prompt":"once"}""").Turns.Single();
        Assert.Equal(("once", 16, null), (turn.Prompt, turn.Sampling.MaxTokens, turn.PromptTokenIds));
    }

    [Fact]
    public void An_array_of_ids_is_one_prompt() =>
        Assert.Equal([1, 2, 3], RequestCase.Completion("""{"prompt":[1,2,3]}""").Turns.Single().PromptTokenIds);

    [Theory]
    [InlineData("""{"prompt":["a","b"]}""")]
    [InlineData("""{"prompt":[[1],[2,3]]}""")]
    public void An_array_of_prompts_is_as_many_conversations(string json)
    {
        var call = RequestCase.Completion(json);
        Assert.Equal(2, call.Turns.Count);
        Assert.All(call.Turns, turn => Assert.Equal(2, ResponseFormat.FromTag(turn.Tag)!.NumPrompts));
    }

    [Fact]
    public void An_echo_travels_with_its_turn()
    {
        var call = RequestCase.Completion("""{"prompt":[[1,2],[3]],"echo":true}""");
        Assert.Equal(["1+2", "3"], call.Turns.Select(turn => ResponseFormat.FromTag(turn.Tag)!.Echo));
    }

    [Theory]
    [InlineData("""{}""", "prompt", "missing_required_parameter")]
    [InlineData("""{"prompt":null}""", "prompt", "missing_required_parameter")]
    [InlineData("""{"prompt":[]}""", "prompt", "invalid_value")]
    [InlineData("""{"prompt":[[]]}""", "prompt[0]", "invalid_type")]
    [InlineData("""{"prompt":5}""", "prompt", "invalid_type")]
    [InlineData("""{"prompt":["a",1]}""", "prompt[1]", "invalid_type")]
    [InlineData("""{"prompt":[1,"a"]}""", "prompt[1]", "invalid_type")]
    [InlineData("""{"prompt":[1000]}""", "prompt[0]", "invalid_value")]
    [InlineData("""{"prompt":[-1]}""", "prompt[0]", "invalid_value")]
    [InlineData("""{"prompt":"a","suffix":"b"}""", "suffix", "unsupported_parameter")]
    [InlineData("""{"prompt":"a","best_of":2}""", "best_of", "unsupported_parameter")]
    [InlineData("""{"prompt":"a","logprobs":21}""", "logprobs", "invalid_value")]
    [InlineData("""{"prompt":"a","logprobs":true}""", "logprobs", "invalid_type")]
    [InlineData("""{"prompt":"a","logprobs":1,"echo":true}""", "echo", "unsupported_parameter")]
    [InlineData("""{"prompt":"a","messages":[]}""", "messages", "unknown_parameter")]
    public void Refuses_by_the_name_of_the_parameter(string json, string param, string code)
    {
        var error = RequestCase.Refusal(() => RequestCase.Completion(json));
        Assert.Equal((400, param, code), (error.Status, error.Param, error.Code));
    }

    [Fact]
    public void Refuses_a_prompt_of_ids_beyond_the_context()
    {
        var error = RequestCase.Refusal(() => RequestCase.Completion($$"""{"prompt":[{{string.Join(',', new int[513])}}]}"""));
        Assert.Equal((400, "context_length_exceeded"), (error.Status, error.Code));
    }

    [Fact]
    public void Refuses_an_echo_that_nothing_could_keep()
    {
        var prompt = new string('x', TurnRequest.MaxTagLength);
        var error = RequestCase.Refusal(() => RequestCase.Completion($$"""{"prompt":"{{prompt}}","echo":true}"""));
        Assert.Equal("echo", error.Param);
    }
}
