using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains.Tests;

/// <summary>What a token costs on its way from the engine through the journal to a reader. Run by name: it says little on a busy
/// machine.</summary>
public sealed class ThroughputTests(ITestOutputHelper output)
{
    const int Conversations = 32, Tokens = 1_500;

    [Theory(Explicit = true)]
    [InlineData(0, false)]
    [InlineData(200, false)]
    [InlineData(200, true)]
    public async Task Thirty_two_conversations(int stepsPerSecond, bool streams)
    {
        await using var silo = await TestSilo.StartAsync(
            engine: new() { NumBlocks = 8_192 }, model: m => m.StepsPerSecond = stepsPerSecond,
            sqlite: true, streams: streams, maxModelLen: 2_048);
        await Run(silo, "warm", 100);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();

        await Run(silo, "run", Tokens);

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / (Conversations * Tokens);
        var rows = await silo.Services.GetRequiredService<JournalStore>().ReadAsync("default/run0");
        output.WriteLine(
            $"{stepsPerSecond} steps/s, streams {streams}: {Conversations * Tokens / seconds:F0} tokens/s, {used:F1} us of CPU a token; "
            + $"{rows.Count} appends, {rows.Sum(row => row.Data.Length) / (double)Tokens:F1} bytes a token in the journal");
    }

    static async Task Run(TestSilo silo, string name, int tokens)
    {
        var readers =
            from i in Enumerable.Range(0, Conversations)
            select Task.Run(async () =>
            {
                var conversation = silo.Grains.GetGrain<IConversationGrain>($"default/{name}{i}");
                await conversation.Start(Reader.Prompt(maxTokens: tokens, seed: (ulong)i));
                Assert.Equal(tokens, (await conversation.ReadAll()).Count);
            });
        await Task.WhenAll(readers);
    }
}
