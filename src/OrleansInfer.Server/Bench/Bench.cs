namespace OrleansInfer.Server;

/// <summary>Rounds of prompts on a target: first some that warm it up, then as many as a second holds, at least one.</summary>
internal sealed class Bench(BenchTarget target, BenchPlan plan, TimeProvider time)
{
    const int WarmUpPromptTokens = 128; // what is warm for these is so for longer ones

    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5), Measured = TimeSpan.FromSeconds(1);

    int _rounds;

    public async Task<BenchResult> Measure(int concurrency, CancellationToken cancellation)
    {
        await Rounds(concurrency, Math.Min(plan.PromptTokens, WarmUpPromptTokens), WarmUp, cancellation);
        var rounds = await Rounds(concurrency, plan.PromptTokens, Measured, cancellation);
        return BenchResult.Of(concurrency, plan.PromptTokens, rounds, time);
    }

    async Task<List<BenchRound>> Rounds(int concurrency, int promptTokens, TimeSpan duration, CancellationToken cancellation)
    {
        var rounds = new List<BenchRound>();
        var began = time.GetTimestamp();
        do
        {
            var prompts = plan.Prompts(_rounds++, concurrency, promptTokens);
            var start = time.GetTimestamp();
            var sequences = await target.Run(prompts, time, cancellation);
            foreach (var sequence in sequences)
                if (sequence is not [.., { } last] || last.Tokens != plan.OutputTokens)
                    throw new StartFault($"A sequence has {sequence.LastOrDefault().Tokens} tokens of {plan.OutputTokens}.");
            rounds.Add(new BenchRound(start, sequences));
        }
        while (time.GetElapsedTime(began) < duration);
        return rounds;
    }
}
