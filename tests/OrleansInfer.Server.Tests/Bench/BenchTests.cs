using Microsoft.Extensions.Time.Testing;
using OrleansInfer.Kernels;

namespace OrleansInfer.Server.Tests;

public sealed class BenchTests
{
    static readonly BenchPlan Plan =
        new(new ServerOptions { Model = "m" }, "none", DataType.BFloat16, 1000, PromptTokens: 100, OutputTokens: 4, [2]);

    readonly FakeTimeProvider _time = new();

    [Fact]
    public void Only_tokens_behind_the_last_prompt_count_as_decoded()
    {
        // milliseconds; the first sequence says two tokens before the second has its first
        var round = new BenchRound(At(0), [Arrivals((10, 1), (20, 2), (60, 3), (80, 4)), Arrivals((50, 1), (60, 2), (90, 4))]);

        var result = BenchResult.Of(2, 100, [round], _time);

        Assert.Equal(2 * 100 / 0.050, result.PrefillTokensPerSecond, 6);
        Assert.Equal((2 + 3) / 0.040, result.DecodeTokensPerSecond, 6);
        Assert.Equal(10, result.TtftMsP50, 6);
        Assert.Equal(20, result.ItlMsP50, 6); // of 10, 10, 20, 30, 40
        Assert.Equal(40, result.ItlMsP99, 6);
    }

    [Fact]
    public void Rounds_are_summed()
    {
        var fast = new BenchRound(At(0), [Arrivals((10, 1), (20, 2), (30, 3), (40, 4))]);
        var slow = new BenchRound(At(100), [Arrivals((190, 1), (200, 2), (210, 3), (350, 4))]);

        var result = BenchResult.Of(1, 100, [fast, slow], _time);

        Assert.Equal(2 * 100 / 0.100, result.PrefillTokensPerSecond, 6);
        Assert.Equal(6 / 0.190, result.DecodeTokensPerSecond, 6);
    }

    [Fact]
    public void Prompts_differ_in_their_first_block_and_come_again_with_the_same_round()
    {
        var prompts = Enumerable.Range(0, 3).SelectMany(round => Plan.Prompts(round, 8, 100)).ToList();

        Assert.All(prompts, prompt => Assert.All(prompt, id => Assert.InRange(id, 0, 999)));
        Assert.All(prompts, prompt => Assert.Equal(100, prompt.Length));
        Assert.Equal(prompts.Count, prompts.Select(prompt => string.Join(' ', prompt.Take(16))).Distinct().Count());
        Assert.Equal(prompts[8..16], Plan.Prompts(1, 8, 100));
    }

    [Fact]
    public async Task Measures_as_many_rounds_as_a_second_holds_behind_a_warm_up()
    {
        var target = new Target(_time, tokens: 4);

        var result = await new Bench(target, Plan, _time).Measure(2, CancellationToken.None);

        Assert.Equal(2 + 4, target.Rounds); // of 300 ms each
        Assert.Equal(100, result.TtftMsP50, 6);
        Assert.Equal(200 / 0.1, result.PrefillTokensPerSecond, 6);
        Assert.Equal(6 / 0.2, result.DecodeTokensPerSecond, 6);
    }

    [Fact]
    public async Task An_answer_that_is_too_short_is_no_measurement()
    {
        var bench = new Bench(new Target(_time, tokens: 3), Plan, _time);

        var fault = await Assert.ThrowsAsync<StartFault>(() => bench.Measure(2, CancellationToken.None));

        Assert.Contains("3 tokens of 4", fault.Message);
    }

    long At(double milliseconds) => (long)(milliseconds / 1000 * _time.TimestampFrequency);

    List<Arrival> Arrivals(params (double Milliseconds, int Tokens)[] arrivals) =>
        [.. arrivals.Select(arrival => new Arrival(At(arrival.Milliseconds), arrival.Tokens))];

    /// <summary>Takes 100 ms for the prompts and 200 ms for the rest.</summary>
    sealed class Target(FakeTimeProvider clock, int tokens) : BenchTarget
    {
        public int Rounds { get; private set; }

        public override Task<IReadOnlyList<List<Arrival>>> Run(
            IReadOnlyList<int[]> prompts, TimeProvider time, CancellationToken cancellation)
        {
            Rounds++;
            clock.Advance(TimeSpan.FromMilliseconds(100));
            var first = new Arrival(time.GetTimestamp(), 1);
            clock.Advance(TimeSpan.FromMilliseconds(200));
            var last = new Arrival(time.GetTimestamp(), tokens);
            return Task.FromResult<IReadOnlyList<List<Arrival>>>([.. prompts.Select(_ => new List<Arrival> { first, last })]);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
