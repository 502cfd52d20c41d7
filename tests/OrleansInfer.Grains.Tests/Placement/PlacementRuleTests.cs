namespace OrleansInfer.Grains.Tests;

public sealed class PlacementRuleTests
{
    static readonly uint[] Prefix = [11, 12, 13, 14, 15]; // 256 tokens

    readonly PlacementRule _rule = new(new Random(1));

    [Fact]
    public void The_longer_the_warm_prefix_the_better() =>
        Assert.Equal([2], Choices([new(1, 0, 1), new(2, 0, 1, WarmTokens: 96), new(3, 0, 1, WarmTokens: 192)], Prefix));

    [Fact]
    public void Equally_warm_silos_share() =>
        Assert.Equal([1, 2], Choices([new(1, 0, 1), new(2, 0, 1, WarmTokens: 192), new(3, 0, 1, WarmTokens: 192)], Prefix));

    [Fact]
    public void A_silo_with_more_than_its_share_of_the_load_is_as_good_as_cold()
    {
        Assert.Equal([0], Choices([new(1, 0, 0.9, Running: 8, WarmTokens: 256), new(2, 0, 1, Running: 6)], Prefix));
        Assert.Equal([1], Choices([new(1, 0, 0.8, Running: 30, WarmTokens: 256), new(2, 0, 1, Running: 6)], Prefix));
    }

    [Fact]
    public void What_was_placed_and_not_reported_is_load_as_well() =>
        Assert.Equal([1], Choices([new(1, 0, 1, Placed: 24, WarmTokens: 256), new(2, 0, 1)], Prefix));

    [Fact]
    public void A_cold_prefix_has_one_home_whatever_the_order_of_the_silos()
    {
        Candidate[] silos = [new(1, 0, 0.5), new(2, 0, 0.5), new(3, 0, 0.5), new(4, 0, 0.5)];
        for (var key = 0u; key < 20; key++)
        {
            var home = silos[Assert.Single(Choices(silos, [key]))].Id;
            Candidate[] reversed = [.. silos.AsEnumerable().Reverse()];
            Assert.Equal(home, reversed[Assert.Single(Choices(reversed, [key]))].Id);
        }
    }

    [Fact]
    public void A_silo_that_goes_moves_only_its_own_prefixes()
    {
        Candidate[] silos = [new(1, 0, 0.5), new(2, 0, 0.5), new(3, 0, 0.5)];
        for (var key = 0u; key < 50; key++)
            if (Choices(silos, [key]) is [var home and < 2]) Assert.Equal([home], Choices(silos[..2], [key]));
    }

    [Fact]
    public void Warmth_does_not_make_up_for_figures_that_are_old()
    {
        Candidate[] silos = [new(1, Freshness.Stale, 1, WarmTokens: 256), new(2, Freshness.Unknown), new(3, Freshness.Fresh, 0.1)];
        Assert.Equal([2], Choices(silos, Prefix));
        Assert.Equal([0], Choices(silos[..2], Prefix));
    }

    /// <summary>All that come out of many choices.</summary>
    int[] Choices(Candidate[] candidates, uint[] prefix) =>
        [.. Enumerable.Range(0, 100).Select(_ => _rule.Choose(candidates, prefix)).Distinct().Order()];
}
