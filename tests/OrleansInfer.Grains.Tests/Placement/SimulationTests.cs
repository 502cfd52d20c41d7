namespace OrleansInfer.Grains.Tests;

public sealed class SimulationTests
{
    static readonly Trace Shared = Trace.Synthetic(seed: 1, conversations: 1_000, rate: 4);

    [Fact]
    public void Three_times_as_many_prompt_tokens_are_skipped_as_by_chance_and_the_load_stays_even()
    {
        var gains = new List<double>();
        for (var seed = 1; seed <= 3; seed++)
        {
            var trace = Trace.Synthetic(seed, conversations: 600, rate: 4, systemPrompts: 4_000);
            var (chance, ours) = (Run(trace, PlacementWay.Random), Run(trace, PlacementWay.Ours));
            Assert.Equal((trace.Requests.Count, trace.Requests.Count), (chance.Requests, ours.Requests));
            Assert.InRange(ours.BusySpread, 1, 1.25);
            Assert.InRange(ours.WorkSpread, 1, 1.25);
            Assert.True(ours.FirstTokenMs.Mean < chance.FirstTokenMs.Mean);
            gains.Add((double)ours.SkippedTokens / chance.SkippedTokens);
        }
        gains.Sort();
        Assert.True(gains[1] >= 3 && gains[0] >= 2.8, $"skipped, by random's: {string.Join(", ", gains)}");
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
    public void Moving_those_that_wait_costs_nothing_where_the_silos_are_overloaded()
    {
        var trace = Trace.Synthetic(seed: 5, conversations: 300, rate: 10);
        var placed = Simulation.Run(trace, PlacementWay.Placed, numSilos: 8, kvTokens: 16_384);
        var moved = Simulation.Run(trace, PlacementWay.Ours, numSilos: 8, kvTokens: 16_384);
        Assert.Equal((trace.Requests.Count, trace.Requests.Count), (placed.Requests, moved.Requests));
        Assert.Equal(0, placed.Moves);
        Assert.InRange(moved.Moves, 1, trace.Requests.Count / 10);
        Assert.True(moved.QueueMs.Mean < 1.05 * placed.QueueMs.Mean, $"queue: {moved.QueueMs} with moves, {placed.QueueMs} without");
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
