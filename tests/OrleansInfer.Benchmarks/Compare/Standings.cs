namespace OrleansInfer.Benchmarks;

/// <summary>What was measured so far.</summary>
internal sealed class Standings(IReadOnlyList<Contestant> contestants)
{
    readonly Dictionary<(Contestant, Case), List<Rates>> _all = [];

    public void Add(Contestant contestant, Case which, Rates rates)
    {
        if (!_all.TryGetValue((contestant, which), out var list)) _all[(contestant, which)] = list = [];
        list.Add(rates);
    }

    /// <summary>Null: not measured.</summary>
    public Rates? Median(Contestant contestant, Case which) =>
        _all.TryGetValue((contestant, which), out var list) ? Rates.Median(list) : null;

    /// <summary>The greatest rate among ours, or among the others, of those whose name ends so; null: none of them was measured.</summary>
    public (string Name, double Rate)? Best(bool ours, Case which, Func<Rates, double> rate, string nameEnd = "")
    {
        var measured =
            from contestant in contestants
            where contestant.IsOurs == ours && contestant.Name.EndsWith(nameEnd, StringComparison.Ordinal)
            let median = Median(contestant, which)
            where median is not null
            select (contestant.Name, Rate: rate(median));
        return measured.OrderByDescending(item => item.Rate).Select(item => ((string, double)?)item).FirstOrDefault();
    }
}
