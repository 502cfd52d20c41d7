using Spectre.Console;

namespace OrleansInfer.Training;

/// <summary>Shows how a run goes: a bar with loss, tokens a second and the time left, and a line at each checkpoint.</summary>
internal sealed class TrainingProgress(TrainingOptions options, IAnsiConsole console, TimeProvider time)
{
    long _started;
    int _firstStep;
    double _smoothedLoss = double.NaN;
    ProgressTask? _bar;

    /// <summary>Runs <paramref name="work"/> with the bar on the screen.</summary>
    public void Show(int stepsDone, Action<TrainingProgress> work) => console.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(context =>
        {
            (_started, _firstStep) = (time.GetTimestamp(), stepsDone);
            _bar = context.AddTask("training", maxValue: options.Steps);
            _bar.Value = stepsDone;
            work(this);
        });

    public void Step(int step, double loss)
    {
        _smoothedLoss = double.IsNaN(_smoothedLoss) ? loss : 0.95 * _smoothedLoss + 0.05 * loss;
        if (_bar is null)
            return;
        _bar.Value = step;
        _bar.Description = $"loss {_smoothedLoss:F3}, {TokensPerSecond(step):N0} tokens/s";
    }

    public void Validation(int step, double plain, double tools)
    {
        var left = TimeSpan.FromSeconds((options.Steps - step) * (double)options.BatchSize * options.WindowLength
            / Math.Max(1, TokensPerSecond(step)));
        console.WriteLine($"step {step,6:N0} of {options.Steps:N0}  loss {_smoothedLoss:F3}  validation perplexity {plain:F2} plain, "
            + $"{tools:F2} with tools  {TokensPerSecond(step):N0} tokens/s  {left:h\\:mm\\:ss} left");
    }

    double TokensPerSecond(int step) => (step - _firstStep) * (double)options.BatchSize * options.WindowLength
        / Math.Max(1e-3, time.GetElapsedTime(_started).TotalSeconds);
}
