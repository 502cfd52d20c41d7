using Spectre.Console;

namespace OrleansInfer.Training;

/// <summary>Shows how a run goes: a bar with loss, tokens a second and the time left, and a line at each checkpoint.</summary>
internal sealed class TrainingProgress(TrainingOptions options, IAnsiConsole console, TimeProvider time)
{
    long started;
    int firstStep;
    double smoothedLoss = double.NaN;
    ProgressTask? bar;

    /// <summary>Runs <paramref name="work"/> with the bar on the screen.</summary>
    public void Show(int stepsDone, Action<TrainingProgress> work) => console.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(context =>
        {
            (started, firstStep) = (time.GetTimestamp(), stepsDone);
            bar = context.AddTask("training", maxValue: options.Steps);
            bar.Value = stepsDone;
            work(this);
        });

    public void Step(int step, double loss)
    {
        smoothedLoss = double.IsNaN(smoothedLoss) ? loss : 0.95 * smoothedLoss + 0.05 * loss;
        if (bar is null)
            return;
        bar.Value = step;
        bar.Description = $"loss {smoothedLoss:F3}, {TokensPerSecond(step):N0} tokens/s";
    }

    public void Validation(int step, double plain, double tools)
    {
        var left = TimeSpan.FromSeconds((options.Steps - step) * (double)options.BatchSize * options.WindowLength
            / Math.Max(1, TokensPerSecond(step)));
        console.WriteLine($"step {step,6:N0} of {options.Steps:N0}  loss {smoothedLoss:F3}  validation perplexity {plain:F2} plain, "
            + $"{tools:F2} with tools  {TokensPerSecond(step):N0} tokens/s  {left:h\\:mm\\:ss} left");
    }

    double TokensPerSecond(int step) => (step - firstStep) * (double)options.BatchSize * options.WindowLength
        / Math.Max(1e-3, time.GetElapsedTime(started).TotalSeconds);
}
