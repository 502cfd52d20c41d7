using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

/// <summary>
/// How long a new request waits for its first token while others decode. It comes in the middle of a step at worst; behind that one, every
/// step computes its prompt, as much as the budget leaves, so what it waits for is its own prompt and a row of each other sequence.
/// </summary>
public sealed class FirstTokenTests
{
    const int Others = 16, Budget = 1024;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(128, 1)]
    [InlineData(Budget - Others, 1)]
    [InlineData(Budget - Others + 1, 2)]
    [InlineData(3000, 3)]
    public void Comes_with_the_step_that_computes_the_end_of_its_prompt_and_delays_nobody(int promptTokens, int steps)
    {
        var model = new PagedHashModel(maxModelLen: 4096);
        var driver = new EngineDriver(model, new EngineOptions { MaxNumBatchedTokens = Budget, NumBlocks = 600 });
        var endless = new SamplingParams { MaxTokens = 1000, IgnoreEos = true };
        for (var i = 0; i < Others; i++) driver.Add(EngineDriver.Request($"{i}", [i, 2, 3], endless));
        driver.Step();

        driver.Add(EngineDriver.Request("new", [.. Enumerable.Range(0, promptTokens).Select(i => i % 61)], endless));

        var computed = model.NumTokensComputed;
        for (var step = 1; step <= steps; step++)
        {
            var given = driver.Step().Tokens.ToArray().Select(token => token.RequestId).ToHashSet();
            Assert.Equal(step == steps, given.Contains("new"));
            Assert.Equal(Others + (step == steps ? 1 : 0), given.Count);
        }
        Assert.Equal(promptTokens + Others * steps, model.NumTokensComputed - computed);
    }
}
