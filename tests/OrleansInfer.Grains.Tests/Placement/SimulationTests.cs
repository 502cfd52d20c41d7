namespace OrleansInfer.Grains.Tests;

public sealed class SimulationTests
{
    static readonly Trace Shared = Trace.Synthetic(seed: 1, conversations: 1_000, rate: 4);

    [Fact]
    public void Three_times_as_many_prompt_tokens_are_skipped_as_by_chance_and_the_load_stays_even()
    {
        var (chance, ours) = (Run(Shared, PlacementWay.Random), Run(Shared, PlacementWay.Ours));
        Assert.Equal((Shared.Requests.Count, Shared.Requests.Count), (chance.Requests, ours.Requests));
        Assert.True(ours.SkippedTokens >= 3 * chance.SkippedTokens, $"skipped: ours {ours.HitRate:p1}, random {chance.HitRate:p1}");
        Assert.InRange(ours.BusySpread, 1, 1.25);
        Assert.InRange(ours.WorkSpread, 1, 1.25);
        Assert.True(ours.FirstTokenMs.Mean < chance.FirstTokenMs.Mean);
    }

    [Fact]
    public void A_prefix_that_all_want_spreads()
    {
        var result = Run(Trace.Synthetic(seed: 2, conversations: 1_000, rate: 8, systemPrompts: 1), PlacementWay.Ours);
        Assert.InRange(result.BusySpread, 1, 1.5); // 8: one silo had done it all
        Assert.InRange(result.WorkSpread, 1, 2);
        Assert.True(result.HitRate > 0.5, $"{result.HitRate:p1}");
    }

    [Fact]
    public void The_same_trace_gives_the_same_figures() =>
        Assert.Equal(Run(Shared, PlacementWay.Ours), Run(Shared, PlacementWay.Ours));

    [Fact]
    public void A_trace_is_read_from_lines_and_a_bad_line_is_named()
    {
        const string good = """{"timestamp": 7, "input_length": 20, "output_length": 3, "hash_ids": [4, 5]}""";
        var request = Assert.Single(Trace.Read(new StringReader(good + "\n"), blockSize: 16).Requests);
        Assert.Equal((7.0, 20, 3), (request.Timestamp, request.InputLength, request.OutputLength));
        foreach (var bad in (string[])["{", "null", "{}", good.Replace("[4, 5]", "[4]", StringComparison.Ordinal)])
        {
            var fault = Assert.Throws<FormatException>(() => Trace.Read(new StringReader($"{good}\n{bad}"), blockSize: 16));
            Assert.StartsWith("Line 2", fault.Message);
        }
    }

    static SimulationResult Run(Trace trace, PlacementWay way) => Simulation.Run(trace, way, numSilos: 8, kvTokens: 65_536);
}
