using System.Globalization;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;

namespace OrleansInfer.Benchmarks;

/// <summary>Medians over steps, in microseconds, and the mean of what a step allocates.</summary>
internal sealed record StepSplit(double Schedule, double Forward, double Sample, double Update, double Bytes)
{
    const int WarmUp = 16;

    public static SamplingParams Greedy { get; } = new() { Temperature = 0 };

    public double Total => Schedule + Forward + Sample + Update;

    public double ShareBesideForward => 1 - Forward / Total;

    public static StepSplit Measure(LLMEngine engine, SamplingParams sampling, int sequences, int promptTokens, int steps)
    {
        for (var i = 0; i < sequences; i++) engine.Add(Request(i, sampling, promptTokens, WarmUp + steps + sequences, engine.VocabSize));
        for (var decoded = 0; decoded < WarmUp;)
            if (engine.Step().NumScheduledTokens == sequences) decoded++;
        var times = new StepTimes[steps];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < steps && engine.HasUnfinished; i++) times[i] = engine.Step().Times;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Abort(engine, sequences);
        return new StepSplit(
            Median(times, t => t.Schedule), Median(times, t => t.Forward), Median(times, t => t.Sample), Median(times, t => t.Update),
            (double)allocated / steps);
    }

    static double Median(StepTimes[] times, Func<StepTimes, TimeSpan> part) =>
        times.Select(part).Order().ElementAt(times.Length / 2).TotalMicroseconds;

    public static void Abort(LLMEngine engine, int sequences)
    {
        for (var i = 0; i < sequences; i++) engine.Abort(i.ToString(CultureInfo.InvariantCulture), choice: 0);
        engine.Step();
    }

    public static GenerationRequest Request(int index, SamplingParams sampling, int promptTokens, int outputTokens, int vocabSize)
    {
        var random = new Random(index);
        return new GenerationRequest
        {
            RequestId = index.ToString(CultureInfo.InvariantCulture),
            PromptTokenIds = [.. Enumerable.Range(0, promptTokens).Select(_ => random.Next(vocabSize))],
            Sampling = sampling with { MaxTokens = outputTokens, IgnoreEos = true },
            Seed = (ulong)index,
        };
    }
}
