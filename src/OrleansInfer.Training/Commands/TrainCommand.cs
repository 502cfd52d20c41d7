using System.CommandLine;
using Spectre.Console;

namespace OrleansInfer.Training;

/// <summary><c>train</c>: dialogues to a checkpoint folder.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var defaults = new TrainingOptions();
        var data = new Option<string>("--data")
        {
            Description = "Folder with train.jsonl and valid.jsonl",
            DefaultValueFactory = _ => "../shared/data/coffee-dialogs",
        };
        var output = new Option<string>("--output") { Description = "Checkpoint folder to write", Required = true };
        var resume = new Option<bool>("--resume") { Description = "Go on from the state in the output folder" };
        var steps = Positive("--steps", "Steps in all", defaults.Steps);
        var seed = new Option<int>("--seed") { Description = "Seed of everything random", DefaultValueFactory = _ => defaults.Seed };
        var batch = Positive("--batch-size", "Windows a step", defaults.BatchSize);
        var window = Positive("--window-length", "Tokens a window", defaults.WindowLength);
        var checkpoint = Positive("--checkpoint-steps", "Steps between saved states", 100);
        var rate = Fraction("--learning-rate", "Peak learning rate", defaults.PeakLearningRate);
        var share = Fraction("--plain-share", "Share of windows without tools", defaults.PlainShare);
        var command = new Command("train", "Train the demo model")
        {
            data, output, resume, steps, seed, batch, window, checkpoint, rate, share,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = defaults with
            {
                Steps = parsed.GetValue(steps),
                Seed = parsed.GetValue(seed),
                BatchSize = parsed.GetValue(batch),
                WindowLength = parsed.GetValue(window),
                PeakLearningRate = parsed.GetValue(rate),
                PlainShare = parsed.GetValue(share),
            };
            var run = new TrainingRunOptions(
                parsed.GetRequiredValue(data), parsed.GetRequiredValue(output), parsed.GetValue(checkpoint), parsed.GetValue(resume));
            new TrainingRun(run, options, AnsiConsole.Console, TimeProvider.System).Train(cancellation);
            return Task.FromResult(0);
        });
        return command;
    }

    static Option<int> Positive(string name, string description, int value) =>
        Checked(new Option<int>(name) { Description = description, DefaultValueFactory = _ => value }, v => v > 0, "must be above 0");

    static Option<double> Fraction(string name, string description, double value)
    {
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => value };
        return Checked(option, v => v is >= 0 and <= 1, "must be from 0 to 1");
    }

    static Option<T> Checked<T>(Option<T> option, Predicate<T> isGood, string complaint)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !isGood(result.GetValueOrDefault<T>()!))
                result.AddError($"{option.Name} {complaint}.");
        });
        return option;
    }
}
