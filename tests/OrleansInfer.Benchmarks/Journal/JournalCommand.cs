using System.CommandLine;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansInfer.Grains;
using OrleansInfer.Grains.Tests;
using OrleansInfer.TestServers;

namespace OrleansInfer.Benchmarks;

/// <summary>journal: what an append costs in SQLite and in a PostgreSQL of this machine, which it starts for itself.</summary>
internal sealed class JournalCommand
{
    const int BytesOfAToken = 40;

    static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    readonly Option<int[]> _writers = new("--writers")
    {
        Description = "Conversations that write at the same time.", AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1, 8, 32, 256],
    };

    public JournalCommand()
    {
        Command = new Command("journal", "Appends a second and their latency, by the number of conversations that write.") { _writers };
        Command.SetAction((parsed, _) => Run(parsed.GetValue(_writers)!));
    }

    public Command Command { get; }

    static async Task Run(int[] writers)
    {
        using var folder = new TemporaryFolder();
        await using var server = new PostgresServer { Durable = true };
        using var database = new PostgresStore((await server.NewSchema()).ConnectionString);
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new JournalMetrics(services.GetRequiredService<IMeterFactory>());
        // Without the pause between groups: what the store can do, not what we ask of it.
        var options = Options.Create(new JournalOptions { GroupInterval = TimeSpan.Zero });
        SqliteJournal Sqlite(string name, bool full) => new(
            Options.Create(new SqliteJournalOptions { Path = folder.File(name), FullSync = full }), options, metrics,
            NullLogger<SqliteJournal>.Instance);
        (string Name, JournalStore Store)[] stores =
        [
            ("SQLite", Sqlite("normal.db", full: false)), ("SQLite, full sync", Sqlite("full.db", full: true)),
            ("PostgreSQL", new PostgresJournal(database, options, metrics, NullLogger<PostgresJournal>.Instance)),
        ];
        Console.WriteLine("                    writers    appends/s     p50, ms     p99, ms   us an append");
        foreach (var count in writers)
            foreach (var (name, store) in stores)
                await Measure(name, store, count);
        foreach (var (_, store) in stores) await store.DisposeAsync();
    }

    static async Task Measure(string name, JournalStore store, int writers)
    {
        var run = Guid.NewGuid();
        var began = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var latencies = new List<double>();
            for (var seq = 0; Stopwatch.GetElapsedTime(began) < Duration; seq++)
            {
                var start = Stopwatch.GetTimestamp();
                if (!await store.AppendAsync(new($"t/{run}/{writer}", seq, 1, new byte[BytesOfAToken])))
                    throw new InvalidOperationException("Fenced by nobody.");
                latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return latencies;
        })));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var all = times.SelectMany(each => each).Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-18}{writers,9}{all.Length / seconds,13:f0}{all[all.Length / 2],12:f2}{all[all.Length * 99 / 100],12:f2}{
                seconds * 1e6 / all.Length,15:f1}"));
    }
}
