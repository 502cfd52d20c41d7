using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using OrleansInfer.Server.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// load: conversations that stay open, and streams at the same time, for minutes on real servers. Every answer is compared; memory, blocks
/// and what the servers log are looked at. Exit code 1 where something is wrong.
/// </summary>
internal sealed class LoadCommand
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    readonly Option<int> _conversations = New("--conversations", "Open at the same time.", 2_000);
    readonly Option<int> _streams = New("--streams", "Read at the same time.", 64);
    readonly Option<int> _minutes = New("--minutes", "How long, once the conversations are open and of all ages.", 5);
    readonly Option<int> _servers = New("--servers", "Processes on one store.", 1);
    readonly Option<string> _model = new("--model")
    {
        HelpName = "DIR", Description = "Default: the demo model.",
        DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "DemoModel"),
    };

    public LoadCommand()
    {
        Command = new Command("load", "Open conversations and streams for minutes: errors, lost or doubled tokens, memory, blocks.")
        {
            _conversations, _streams, _minutes, _servers, _model,
        };
        Command.SetAction((parsed, cancellation) => Run(parsed, cancellation));
    }

    public Command Command { get; }

    async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        using var folder = new TempFolder();
        var count = parsed.GetValue(_servers);
        var data = count == 1 ? folder.File("data") : $"sqlite:{folder.File("cluster.db")}";
        var servers = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => RunningServer.Start(parsed.GetValue(_model)!, data)));
        try
        {
            foreach (var server in servers) await Cluster.WaitFor(server, count);
            var load = new LoadRun(servers, parsed.GetValue(_conversations));
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var readers = Enumerable.Range(0, parsed.GetValue(_streams)).Select(_ => Task.Run(() => load.Read(over.Token))).ToArray();
            var duration = TimeSpan.FromMinutes(parsed.GetValue(_minutes));
            var growth = await Watch(load, servers, parsed.GetValue(_conversations), duration, cancellation);
            await over.CancelAsync();
            await Task.WhenAll(readers);
            return await Judge(load, servers, growth) ? 0 : 1;
        }
        finally
        {
            foreach (var server in servers) await server.DisposeAsync();
        }
    }

    /// <returns>Memory of the last minute over that of the first in which the conversations were of all ages.</returns>
    static async Task<double> Watch(
        LoadRun load, RunningServer[] servers, int conversations, TimeSpan duration, CancellationToken cancellation)
    {
        var samples = new List<double>();
        using var timer = new PeriodicTimer(Period);
        var turns = 0L;
        for (long? began = null; began is null || Stopwatch.GetElapsedTime(began.Value) < duration;)
        {
            await timer.WaitForNextTickAsync(cancellation);
            if (load.NumOpened >= conversations && load.Turns > LoadScript.MaxTurns * conversations / 2) began ??= Stopwatch.GetTimestamp();
            var memory = servers.Sum(server => Process.GetProcessById(server.Pid).WorkingSet64) / (double)(1 << 20);
            if (began is not null) samples.Add(memory);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Math.Min(load.NumOpened, conversations)} open, {(load.Turns - turns) / Period.TotalSeconds:f0} turns/s, "
                + $"{(load.Turns - turns) * LoadScript.TokensPerTurn / Period.TotalSeconds:f0} tokens/s, {memory:f0} MiB, "
                + $"{load.Faults.Sum(fault => fault.Value)} faults"));
            turns = load.Turns;
        }
        return samples.TakeLast(6).Average() / samples.Take(6).Average();
    }

    static async Task<bool> Judge(LoadRun load, RunningServer[] servers, double growth)
    {
        var silos = await Cluster.WaitFor(servers[0], all => all.All(silo => KillCluster.Running(silo) == 0));
        var held = silos.Sum(silo => Blocks(silo, "total") - Blocks(silo, "free") - Blocks(silo, "cached"));
        foreach (var server in servers) await server.Stop(); // the engine looks through its blocks when it ends, and logs what is wrong
        // Warnings tell of a machine that is too busy.
        var logs = string.Join('\n', servers.SelectMany(server => server.Log.Split('\n')).Where(IsError));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{load.Turns} turns; memory {100 * (growth - 1):+0.0;-0.0} % from the first minute to the last; "
            + $"{held} blocks held at the end."));
        foreach (var (fault, times) in load.Faults.Take(20)) Console.WriteLine($"{times} times: {fault}");
        if (logs.Length > 0) Console.WriteLine(logs[..Math.Min(4_000, logs.Length)]);
        var good = load.Faults.Count == 0 && held == 0 && growth < 1.1 && logs.Length == 0;
        Console.WriteLine(good ? "Good." : "Not good.");
        return good;
    }

    static bool IsError(string line) =>
        line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal);

    static int Blocks(System.Text.Json.JsonElement silo, string kind) => silo.GetProperty($"{kind}Blocks").GetInt32();

    static Option<int> New(string name, string description, int value) =>
        new(name) { HelpName = "N", Description = $"{description} Default: {value}.", DefaultValueFactory = _ => value };
}
