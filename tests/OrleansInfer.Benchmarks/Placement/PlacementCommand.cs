using System.CommandLine;
using System.Globalization;
using OrleansInfer.Grains.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// placement: replays a trace over simulated silos; what each way to place saves of the prompts, and how it shares the load.
/// </summary>
internal sealed class PlacementCommand
{
    readonly Option<int> _silos = New("--silos", "Silos.", 8);
    readonly Option<int> _kvTokens = New("--kv-tokens", "Tokens that the KV cache of a silo holds.", 65_536);
    readonly Option<int> _blockSize = New("--block-size", "Tokens that a hash id of the trace stands for.", 512);
    readonly Option<int> _conversations = New("--conversations", "Conversations of the synthetic trace.", 2_000);
    readonly Option<double> _rate = new("--rate")
    {
        HelpName = "N", Description = "Of them, how many begin in a second. Default: 4.", DefaultValueFactory = _ => 4,
    };
    readonly Option<int> _seed = New("--seed", "Of the synthetic trace.", 1);
    readonly Option<FileInfo?> _trace = new("--trace")
    {
        HelpName = "FILE",
        Description = "JSON lines in the format of Mooncake's traces: timestamp (ms), input_length, output_length, hash_ids. "
            + "Default: a synthetic trace.",
    };

    public PlacementCommand()
    {
        Command = new Command("placement", "Prompt tokens saved and load shared by ways to place requests, in simulated time.")
        {
            _silos, _trace, _kvTokens, _blockSize, _conversations, _rate, _seed,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    void Run(ParseResult parsed)
    {
        var trace = TraceOf(parsed);
        var (silos, kvTokens) = (parsed.GetValue(_silos), parsed.GetValue(_kvTokens));
        Console.WriteLine(
            $"{trace.Requests.Count} requests, {silos} silos with {kvTokens} tokens of KV cache each. Times in ms: mean / p99.");
        Console.WriteLine("              hit rate  max/mean busy  max/mean tokens           queue     first token");
        foreach (var way in Enum.GetValues<PlacementWay>())
        {
            var result = Simulation.Run(trace, way, silos, kvTokens);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{way,-12} {100 * result.HitRate,7:f1} %{result.BusySpread,15:f2}{result.WorkSpread,17:f2}"
                + $"{result.QueueMs.Mean,8:f0} /{result.QueueMs.P99,6:f0}{result.FirstTokenMs.Mean,8:f0} /{result.FirstTokenMs.P99,6:f0}"));
        }
    }

    Trace TraceOf(ParseResult parsed)
    {
        if (parsed.GetValue(_trace) is not { } file)
            return Trace.Synthetic(parsed.GetValue(_seed), parsed.GetValue(_conversations), parsed.GetValue(_rate));
        using var lines = file.OpenText();
        return Trace.Read(lines, parsed.GetValue(_blockSize));
    }

    static Option<int> New(string name, string description, int value) =>
        new(name) { HelpName = "N", Description = $"{description} Default: {value}.", DefaultValueFactory = _ => value };
}
