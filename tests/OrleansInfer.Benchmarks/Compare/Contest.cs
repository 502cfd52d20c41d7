namespace OrleansInfer.Benchmarks;

/// <summary>What every contestant is asked for.</summary>
/// <param name="Concurrency">Counts of sequences, as in 1,8,16.</param>
internal sealed record Contest(int PromptTokens, int OutputTokens, string Concurrency);
