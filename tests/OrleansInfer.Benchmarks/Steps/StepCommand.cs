using System.CommandLine;
using System.Globalization;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;
using OrleansInfer.Kernels;
using OrleansInfer.Models;
using Spectre.Console;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// step: where the time of an engine's decode step goes, by the way tokens are chosen, and what it leaves to the collector; and how long a
/// new request waits for its first token.
/// </summary>
internal sealed class StepCommand
{
    static readonly (string Name, SamplingParams Sampling)[] Ways =
    [
        ("greedy", new() { Temperature = 0 }),
        ("temperature", new() { Temperature = 0.8f }),
        ("top_p 0.9", new() { Temperature = 0.8f, TopP = 0.9f }),
        ("top_k 50", new() { Temperature = 0.8f, TopK = 50 }),
        ("top_k 50, top_p 0.9", new() { Temperature = 0.8f, TopK = 50, TopP = 0.9f }),
        ("greedy, penalties", new() { Temperature = 0, RepetitionPenalty = 1.1f, PresencePenalty = 0.5f }),
        ("greedy, 5 logprobs", new() { Temperature = 0, Logprobs = 5 }),
    ];

    const int Width = 120; // of the table, where there is no terminal

    readonly Option<string> _model = new("--model") { HelpName = "DIR", Required = true, Description = "Hugging Face folder." };
    readonly Option<int> _sequences = New("--sequences", "Sequences that decode together.", 32);
    readonly Option<int> _promptTokens = New("--prompt-tokens", "Tokens that each begins with.", 128);
    readonly Option<int> _steps = New("--steps", "Steps that are measured for each way to choose tokens.", 64);

    public StepCommand()
    {
        Command = new Command("step", "Where the time of a decode step goes: schedule, forward pass, sampling, update.")
        {
            _model, _sequences, _promptTokens, _steps,
        };
        Command.SetAction(parsed =>
            Run(parsed.GetValue(_model)!, parsed.GetValue(_sequences), parsed.GetValue(_promptTokens), parsed.GetValue(_steps)));
    }

    public Command Command { get; }

    static void Run(string folder, int sequences, int promptTokens, int steps)
    {
        using var model = LoadedModel.Load(folder, DataType.BFloat16);
        var engine = new LLMEngine(model.Network, new EngineOptions { MaxNumSeqs = sequences + 1, EnablePrefixCaching = false });
        var table = new Table { Title = new TableTitle($"microseconds a step, {sequences} sequences") };
        foreach (var name in (string[])["", "schedule", "forward", "sample", "update", "all but forward", "bytes allocated"])
            table.AddColumn(name, column => column.RightAligned().NoWrap());
        foreach (var (name, sampling) in Ways)
        {
            var split = StepSplit.Measure(engine, sampling, sequences, promptTokens, steps);
            table.AddRow(name, $"{split.Schedule:f1}", $"{split.Forward:f0}", $"{split.Sample:f1}", $"{split.Update:f1}",
                $"{100 * split.ShareBesideForward:f2} %", $"{split.Bytes:f0}");
        }
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, Width);
        AnsiConsole.Write(table);
        var others = Math.Max(1, sequences / 2);
        var first = FirstToken.Measure(engine, others, promptTokens);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"First token of a prompt of {promptTokens} while {others} decode: {first.AmongOthers:f1} ms. A step is {first.Step:f1} ms, "
            + $"the prompt alone {first.Alone:f1} ms: 2 steps and the prompt are {first.Limit:f1} ms."));
    }

    static Option<int> New(string name, string description, int value) =>
        new(name) { HelpName = "N", Description = $"{description} Default: {value}.", DefaultValueFactory = _ => value };
}
