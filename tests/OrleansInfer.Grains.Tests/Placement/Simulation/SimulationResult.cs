namespace OrleansInfer.Grains.Tests;

/// <summary>What became of a trace.</summary>
/// <param name="PromptTokens">Of all requests.</param>
/// <param name="SkippedTokens">Of them, those found in the cache of the silo.</param>
/// <param name="BusySpread">Time that the busiest silo computed, over the mean.</param>
/// <param name="WorkSpread">Tokens that the silo with most of them computed, over the mean.</param>
/// <param name="QueueMs">From arrival to the first step: mean and 99th percentile.</param>
/// <param name="FirstTokenMs">From arrival to the first token: mean and 99th percentile.</param>
/// <param name="Moves">Requests sent on to another silo, because they had to wait.</param>
public sealed record SimulationResult(
    int Requests, long PromptTokens, long SkippedTokens, double BusySpread, double WorkSpread,
    (double Mean, double P99) QueueMs, (double Mean, double P99) FirstTokenMs, int Moves)
{
    /// <summary>Part of the prompt tokens that was skipped.</summary>
    public double HitRate => (double)SkippedTokens / PromptTokens;

    internal static SimulationResult Of(Trace trace, SimulatedSilo[] silos) => new(
        silos.Sum(silo => silo.FirstTokenMs.Count),
        trace.Requests.Sum(request => (long)request.InputLength),
        silos.Sum(silo => silo.Skipped),
        silos.Max(silo => silo.BusyMs) / silos.Average(silo => silo.BusyMs),
        silos.Max(silo => silo.Computed) / silos.Average(silo => silo.Computed),
        Summary(silos.SelectMany(silo => silo.QueueMs)),
        Summary(silos.SelectMany(silo => silo.FirstTokenMs)),
        silos.Sum(silo => silo.Moves));

    static (double, double) Summary(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? default : (sorted.Average(), sorted[(int)(0.99 * (sorted.Length - 1))]);
    }
}
