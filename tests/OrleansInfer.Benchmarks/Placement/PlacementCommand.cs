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
    readonly Option<int> _seeds = New("--seeds", "How many synthetic traces, with seeds from --seed on.", 5);
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
            _silos, _trace, _kvTokens, _blockSize, _conversations, _rate, _seed, _seeds,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    void Run(ParseResult parsed)
    {
        var traces = TracesOf(parsed);
        var (silos, kvTokens) = (parsed.GetValue(_silos), parsed.GetValue(_kvTokens));
        Console.WriteLine($"{traces.Count} traces of {traces.Average(trace => trace.Requests.Count):f0} requests, {silos} silos with "
            + $"{kvTokens} tokens of KV cache each. Median, worst trace. Times in ms: mean / p99 of the median.");
        Console.WriteLine(
            "                  hit rate   skipped, by random's   max/mean busy   max/mean tokens        queue     first token  moves");
        var chance = Array.ConvertAll([.. traces], trace => Simulation.Run(trace, PlacementWay.Random, silos, kvTokens));
        foreach (var way in Enum.GetValues<PlacementWay>())
            Print(way, [.. traces.Select(trace => Simulation.Run(trace, way, silos, kvTokens))], chance);
    }

    static void Print(PlacementWay way, SimulationResult[] results, SimulationResult[] chance)
    {
        var hits = results.Select(result => 100 * result.HitRate).Order().ToArray();
        var gains = results.Zip(chance, (result, random) => (double)result.SkippedTokens / random.SkippedTokens).Order().ToArray();
        var busy = results.Select(result => -result.BusySpread).Order().ToArray(); // the larger, the worse
        var work = results.Select(result => -result.WorkSpread).Order().ToArray();
        var middle = results.OrderBy(result => result.FirstTokenMs.Mean).ElementAt(results.Length / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{way,-12}{Median(hits),8:f1},{hits[0],5:f1} %{Median(gains),15:f2},{gains[0],5:f2}{-Median(busy),11:f2},{-busy[0],5:f2}"
            + $"{-Median(work),11:f2},{-work[0],5:f2}{middle.QueueMs.Mean,8:f0} /{middle.QueueMs.P99,6:f0}"
            + $"{middle.FirstTokenMs.Mean,8:f0} /{middle.FirstTokenMs.P99,6:f0}{middle.Moves,7}"));
    }

    static double Median(double[] sorted) => sorted[sorted.Length / 2];

    List<Trace> TracesOf(ParseResult parsed)
    {
        if (parsed.GetValue(_trace) is not { } file)
            return [.. from i in Enumerable.Range(parsed.GetValue(_seed), parsed.GetValue(_seeds))
                select Trace.Synthetic(i, parsed.GetValue(_conversations), parsed.GetValue(_rate))];
        using var lines = file.OpenText();
        return [Trace.Read(lines, parsed.GetValue(_blockSize))];
    }

    static Option<int> New(string name, string description, int value) =>
        new(name) { HelpName = "N", Description = $"{description} Default: {value}.", DefaultValueFactory = _ => value };
}
