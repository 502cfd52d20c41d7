using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

public class SamplingParamsValidatorTests
{
    public static IEnumerable<TheoryDataRow<SamplingParams, string>> Faults() =>
    [
        new(new() { N = 0 }, "n"), new(new() { N = 16_384 }, "n"),
        new(new() { Temperature = float.NaN }, "temperature"),
        new(new() { Temperature = -0.1f }, "temperature"), new(new() { Temperature = 2.1f }, "temperature"),
        new(new() { TopP = 0 }, "top_p"), new(new() { TopP = 1.01f }, "top_p"), new(new() { TopP = float.NaN }, "top_p"),
        new(new() { TopK = -2 }, "top_k"),
        new(new() { MinP = -0.1f }, "min_p"), new(new() { MinP = float.PositiveInfinity }, "min_p"),
        new(new() { PresencePenalty = 2.5f }, "presence_penalty"),
        new(new() { FrequencyPenalty = float.NegativeInfinity }, "frequency_penalty"),
        new(new() { RepetitionPenalty = 0 }, "repetition_penalty"), new(new() { RepetitionPenalty = float.NaN }, "repetition_penalty"),
        new(new() { MaxTokens = 0 }, "max_tokens"), new(new() { MaxTokens = -1 }, "max_tokens"),
        new(new() { MinTokens = -1 }, "min_tokens"), new(new() { MinTokens = 5, MaxTokens = 4 }, "min_tokens"),
        new(new() { MinTokens = 51 }, "min_tokens"),
        new(new() { Logprobs = -1 }, "logprobs"), new(new() { Logprobs = 21 }, "logprobs"),
        new(new() { StopTokenIds = [100] }, "stop_token_ids"), new(new() { StopTokenIds = [-1] }, "stop_token_ids"),
        new(new() { LogitBias = new Dictionary<int, float> { [100] = 1 } }, "logit_bias"),
        new(new() { LogitBias = new Dictionary<int, float> { [0] = float.NaN } }, "logit_bias"),
        new(new() { LogitBias = new Dictionary<int, float> { [0] = 101 } }, "logit_bias"),
        new(new() { LogitBias = Enumerable.Range(0, 5000).ToDictionary(i => i, _ => 0f) }, "logit_bias"),
        new(new() { Stop = [""] }, "stop"), new(new() { Stop = [new string('x', 5000)] }, "stop"),
        new(new() { Stop = [.. Enumerable.Repeat("x", 50)] }, "stop"),
    ];

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void A_parameter_out_of_range_is_named(SamplingParams p, string param)
    {
        var fault = SamplingParamsValidator.FirstFault(p, vocabSize: 100, maxModelLen: 50);
        Assert.Equal(param, fault?.Param);
        Assert.Contains(param, fault!.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_at_the_ends_of_their_ranges_are_right()
    {
        Assert.Null(SamplingParamsValidator.FirstFault(new SamplingParams(), 100, 50));
        Assert.Null(SamplingParamsValidator.FirstFault(new SamplingParams
        {
            N = 128, Temperature = 2, TopP = 1, TopK = int.MaxValue, MinP = 1, PresencePenalty = -2, FrequencyPenalty = 2,
            RepetitionPenalty = 2, MaxTokens = int.MaxValue, MinTokens = 50, Logprobs = 20, StopTokenIds = [0, 99], Stop = ["x"],
            LogitBias = new Dictionary<int, float> { [0] = -100, [99] = 100 },
        }, 100, 50));
    }

    [Fact]
    public void A_message_says_what_was_given_and_what_is_allowed() =>
        Assert.Equal("temperature is 2.1; it must be from 0 to 2.",
            SamplingParamsValidator.FirstFault(new SamplingParams { Temperature = 2.1f }, 100, 50)?.Message);
}
