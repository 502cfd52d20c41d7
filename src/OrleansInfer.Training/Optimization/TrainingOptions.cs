namespace OrleansInfer.Training;

/// <summary>How a run goes. A run is resumed with what it was started with; only the number of steps may change.</summary>
internal sealed record TrainingOptions
{
    public int Steps { get; init; } = 1400;
    public int Seed { get; init; } = 1;

    /// <summary>Windows a step.</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>Tokens a window.</summary>
    public int WindowLength { get; init; } = 1024;

    /// <summary>The share of windows that hold plain talk; the others hold dialogues with tools.</summary>
    public double PlainShare { get; init; } = 0.4;

    public double PeakLearningRate { get; init; } = 2e-3;
    public int WarmUpSteps { get; init; } = 60;

    /// <summary>Linear warm-up, then half a cosine down to a twentieth (Loshchilov and Hutter, 2017).</summary>
    /// <param name="step">Counts from 1.</param>
    public double LearningRate(int step)
    {
        if (step < WarmUpSteps)
            return PeakLearningRate * step / WarmUpSteps;
        var progress = (double)(step - WarmUpSteps) / Math.Max(1, Steps - WarmUpSteps);
        return PeakLearningRate * (0.05 + 0.95 * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));
    }
}
