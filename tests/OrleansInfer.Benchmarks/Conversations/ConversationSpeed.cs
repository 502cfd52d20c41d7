using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OrleansInfer.Abstractions;
using OrleansInfer.Grains;
using OrleansInfer.Grains.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>What a token costs on its way from the engine through the journal to a reader: a silo with a model that costs
/// nothing.</summary>
internal static class ConversationSpeed
{
    const int Conversations = 32, Tokens = 1_500, Rounds = 3;

    /// <summary>In turns, so that what else the machine does falls on all of them.</summary>
    public static async Task Run(TextWriter output)
    {
        for (var round = 0; round < Rounds; round++)
            foreach (var (stepsPerSecond, streams) in ((int, bool)[])[(0, false), (200, false), (200, true)])
                foreach (var sqlite in (bool[])[true, false])
                    output.WriteLine(await Measure(stepsPerSecond, streams, sqlite));
    }

    static async Task<string> Measure(int stepsPerSecond, bool streams, bool sqlite)
    {
        await using var silo = await TestSilo.StartAsync(
            engine: new() { NumBlocks = 8_192 }, model: m => m.StepsPerSecond = stepsPerSecond,
            sqlite: sqlite, streams: streams, maxModelLen: 2_048);
        await Talk(silo, "warm", 100);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();

        await Talk(silo, "run", Tokens);

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / (Conversations * Tokens);
        var rows = await silo.Services.GetRequiredService<JournalStore>().ReadAsync("default/run0");
        return string.Create(CultureInfo.InvariantCulture,
            $"{stepsPerSecond} steps/s, streams {streams}, journal in {(sqlite ? "SQLite" : "memory")}: "
            + $"{Conversations * Tokens / seconds:F0} tokens/s, {used:F1} us of CPU a token; "
            + $"{rows.Count} appends, {rows.Sum(row => row.Data.Length) / (double)Tokens:F1} bytes a token in the journal");
    }

    static async Task Talk(TestSilo silo, string name, int tokens)
    {
        var readers =
            from i in Enumerable.Range(0, Conversations)
            select Task.Run(async () =>
            {
                var conversation = silo.Grains.GetGrain<IConversationGrain>($"default/{name}{i}");
                await conversation.Start(Reader.Prompt(maxTokens: tokens, seed: (ulong)i));
                var answer = await conversation.ReadAll();
                if (answer.Count != tokens) throw new InvalidOperationException($"{answer.Count} tokens of {tokens} came.");
            });
        await Task.WhenAll(readers);
    }
}
