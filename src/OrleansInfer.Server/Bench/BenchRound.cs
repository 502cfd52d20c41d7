namespace OrleansInfer.Server;

/// <summary>Prompts that were given together, and when their tokens came.</summary>
/// <param name="Start">When they were given.</param>
internal sealed record BenchRound(long Start, IReadOnlyList<List<Arrival>> Sequences)
{
    /// <summary>When the last sequence had its first token.</summary>
    public long Prefilled => Sequences.Max(sequence => sequence[0].Time);

    public long End => Sequences.Max(sequence => sequence[^1].Time);

    /// <summary>Tokens that came when no prompt was left; what the first sequences said while others still waited is not among
    /// them.</summary>
    public int TokensDecoded => Sequences.Sum(sequence => sequence[^1].Tokens - sequence.Last(arrival => arrival.Time <= Prefilled).Tokens);

    public IEnumerable<long> FirstTokens => Sequences.Select(sequence => sequence[0].Time - Start);

    public IEnumerable<long> Gaps =>
        Sequences.SelectMany(sequence => sequence.Zip(sequence.Skip(1), (before, after) => after.Time - before.Time));
}
