using System.Diagnostics;
using OrleansInfer.Engine;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// What a request that comes while others decode waits for its first token, in milliseconds, medians. It comes when a step has just
/// begun, which is the worst moment.
/// </summary>
/// <param name="Step">A step of the others.</param>
/// <param name="Alone">The same request's first token, with nobody else there.</param>
internal sealed record FirstToken(double Step, double Alone, double AmongOthers)
{
    const int Trials = 5, StepsBetween = 4;

    /// <summary>At most two steps and its own prompt.</summary>
    public double Limit => 2 * Step + Alone;

    public static FirstToken Measure(LLMEngine engine, int others, int promptTokens)
    {
        var alone = Enumerable.Range(0, Trials).Select(i => TimeOf(() => Join(engine, 1000 + i, promptTokens))).Order().ToList();
        for (var i = 0; i < others; i++) engine.Add(StepSplit.Request(i, StepSplit.Greedy, promptTokens, 1000, engine.VocabSize));
        while (engine.Step().NumScheduledTokens != others)
        {
        }
        var (steps, waits) = (new List<double>(), new List<double>());
        for (var trial = 0; trial < Trials; trial++)
        {
            for (var i = 0; i < StepsBetween; i++) steps.Add(TimeOf(() => engine.Step()));
            waits.Add(TimeOf(() =>
            {
                engine.Step();
                Join(engine, 2000 + trial, promptTokens);
            }));
        }
        StepSplit.Abort(engine, others);
        return new FirstToken(steps.Order().ElementAt(steps.Count / 2), alone[Trials / 2], waits.Order().ElementAt(Trials / 2));
    }

    static void Join(LLMEngine engine, int index, int promptTokens)
    {
        var request = StepSplit.Request(index, StepSplit.Greedy, promptTokens, outputTokens: 1, engine.VocabSize);
        engine.Add(request);
        while (!Gives(engine.Step(), request.RequestId))
        {
        }
    }

    static bool Gives(StepOutput output, string requestId)
    {
        foreach (ref readonly var token in output.Tokens)
            if (token.RequestId == requestId) return true;
        return false;
    }

    static double TimeOf(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
