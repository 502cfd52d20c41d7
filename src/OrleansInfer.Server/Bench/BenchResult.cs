namespace OrleansInfer.Server;

/// <summary>What was measured at one concurrency.</summary>
/// <param name="PrefillTokensPerSecond">Prompt tokens by the time until every sequence has its first token.</param>
/// <param name="DecodeTokensPerSecond">Tokens behind that moment by the time from there to the end.</param>
/// <param name="TtftMsP50">From all prompts being given to a sequence's first token.</param>
/// <param name="ItlMsP50">Between a sequence's tokens, as their reader sees them.</param>
internal sealed record BenchResult(
    int Concurrency, double PrefillTokensPerSecond, double DecodeTokensPerSecond, double TtftMsP50, double ItlMsP50, double ItlMsP99)
{
    public static BenchResult Of(int concurrency, int promptTokens, IReadOnlyList<BenchRound> rounds, TimeProvider time)
    {
        var firsts = Sorted(rounds.SelectMany(round => round.FirstTokens), time);
        var gaps = Sorted(rounds.SelectMany(round => round.Gaps), time);
        var prefill = rounds.Sum(round => time.GetElapsedTime(round.Start, round.Prefilled).TotalSeconds);
        var decode = rounds.Sum(round => time.GetElapsedTime(round.Prefilled, round.End).TotalSeconds);
        return new BenchResult(
            concurrency,
            Rate((double)rounds.Count * concurrency * promptTokens, prefill),
            Rate(rounds.Sum(round => round.TokensDecoded), decode),
            Percentile(firsts, 0.5), Percentile(gaps, 0.5), Percentile(gaps, 0.99));
    }

    // Nothing may be left to decode where the last prompt took longer than all other sequences together.
    static double Rate(double tokens, double seconds) => seconds > 0 ? tokens / seconds : 0;

    static List<double> Sorted(IEnumerable<long> ticks, TimeProvider time) =>
        [.. ticks.Select(t => time.GetElapsedTime(0, t).TotalMilliseconds).Order()];

    /// <summary>The smallest value that so large a share does not exceed.</summary>
    static double Percentile(List<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];
}
