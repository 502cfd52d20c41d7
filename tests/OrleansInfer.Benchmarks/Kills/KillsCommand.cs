using System.CommandLine;
using System.Globalization;
using OrleansInfer.Server.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// kills: the rounds of KillTests, many of them, in every way; how long readers waited. Exit code 1 where a stream was not the same.
/// </summary>
internal sealed class KillsCommand
{
    readonly Option<int> _rounds = New("--rounds", "Rounds.", 20);
    readonly Option<int> _seed = New("--seed", "Of victims and positions. Default: the time.", Environment.TickCount);
    readonly Option<string?> _store = new("--store") { Description = "As of the server. Default: a SQLite file of its own." };
    readonly Option<string?> _model = new("--model") { Description = "Folder of a checkpoint. Default: a tiny one with random weights." };
    readonly Option<string[]> _cases = new("--cases")
    {
        Description = $"Of {string.Join(", ", KillCase.All.Select(@case => @case.Name))}. Default: all.",
        AllowMultipleArgumentsPerToken = true,
    };
    readonly Option<KillWay[]> _ways = new("--ways")
    {
        Description = "Taken in turns: Kill (-9), Stop (SIGTERM), Twice (-9, and -9 again while the others take over). Default: all.",
        AllowMultipleArgumentsPerToken = true,
    };

    public KillsCommand()
    {
        Command = new Command("kills", "Kills servers in the midst of streams and compares these with what they are undisturbed.")
        {
            _rounds, _seed, _store, _model, _cases, _ways,
        };
        Command.SetAction((parsed, _) => Run(parsed));
    }

    public Command Command { get; }

    async Task<int> Run(ParseResult parsed)
    {
        using var folder = new TempFolder();
        var model = parsed.GetValue(_model) is { } path ? Path.GetFullPath(path) : null; // the servers run elsewhere
        await using var cluster = new KillCluster(model ?? TinyModel.Write(folder.File("tiny")),
            parsed.GetValue(_store) ?? $"sqlite:{folder.File("cluster.db")}",
            [.. (string[])(model is null ? ["--dtype", "float32"] : []), "--kv-cache-mib", "64", "--retention", "1m"]);
        var ways = parsed.GetValue(_ways) is { Length: > 0 } some ? some : Enum.GetValues<KillWay>();
        var names = parsed.GetValue(_cases);
        var cases = KillCase.All.Where(@case => names is not { Length: > 0 } || names.Contains(@case.Name)).ToList();
        var drill = new KillDrill(cluster, parsed.GetValue(_seed));
        var tally = new KillTally();
        Console.WriteLine($"--seed {parsed.GetValue(_seed)}");
        for (var i = 0; i < parsed.GetValue(_rounds); i++)
        {
            var round = await drill.Round(ways[i % ways.Length], cases);
            tally.Add(round);
            var faults = round.Faults().ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{i + 1}: {round.Way}, {round.Streams.Count} streams, {round.Cut.Count()} of them in their midst, {faults.Count} faults"));
            foreach (var fault in faults) Console.WriteLine($"  {fault}");
        }
        tally.Write(Console.Out);
        return tally.Faults == 0 ? 0 : 1;
    }

    static Option<int> New(string name, string description, int value) =>
        new(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => value };
}
