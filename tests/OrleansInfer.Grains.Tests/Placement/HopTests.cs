using Microsoft.Extensions.DependencyInjection;
using OrleansInfer.Abstractions;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;
using static OrleansInfer.Grains.Tests.ConversationTests;

namespace OrleansInfer.Grains.Tests;

/// <summary>Conversations that were placed where there is no room, while there is room elsewhere.</summary>
public sealed class HopTests
{
    [Fact]
    public async Task A_turn_that_the_engine_refuses_is_taken_by_a_silo_with_room()
    {
        await using var silo = await Start(new() { NumBlocks = 256, MaxNumSeqs = 1, MaxNumWaiting = 1 }, moveAfterSeconds: 3600);
        var (full, other) = (silo.Cluster.Silos[0], silo.Cluster.Silos[1]);
        await Fill(silo, full, "default/full");
        await Refused(InferenceError.Moving, null, () => On(full, () => silo.Conversation().Start(Reader.Prompt())));

        await silo.Conversation().Start(Reader.Prompt());

        TestSilo.ModelOf(other).LetGo();
        Assert.Equal(20, (await silo.Conversation().ReadAll()).Count);
        Assert.Equal(1, TestSilo.DeviceOf(full).Load.Running);
    }

    [Fact]
    public async Task Where_nobody_has_room_it_is_refused_with_a_time_to_come_back()
    {
        await using var silo = await Start(new() { NumBlocks = 256, MaxNumSeqs = 1, MaxNumWaiting = 1 }, moveAfterSeconds: 3600);
        foreach (var handle in silo.Cluster.Silos) await Fill(silo, handle, $"default/{handle.SiloAddress.Endpoint.Port}");
        foreach (var handle in silo.Cluster.Silos)
        {
            var cluster = handle.ServiceProvider.GetRequiredService<ClusterLoad>();
            await TestSilo.Until(() => cluster.Silos.All(load => load.FreeSlots == 0));
        }
        foreach (var handle in silo.Cluster.Silos)
        {
            var late = silo.Conversation($"default/late{handle.Name}");
            var refusal = await Refused(InferenceError.Overloaded, null, () => On(handle, () => late.Start(Reader.Prompt())));
            Assert.True(refusal.RetryAfter > TimeSpan.Zero);
        }
    }

    [Fact]
    public async Task A_queued_turn_moves_to_a_silo_with_room_and_has_the_same_tokens()
    {
        await using var silo = await Start(new() { NumBlocks = 256, MaxNumSeqs = 1 });
        var (full, other) = (silo.Cluster.Silos[0], silo.Cluster.Silos[1]);
        TestSilo.ModelOf(other).LetGo();
        await On(other, () => silo.Conversation("default/straight").Start(Reader.Prompt(maxTokens: 40, n: 2)));
        var expected = await silo.Conversation("default/straight").ReadAll();
        await Run(silo, full, "default/first");

        await On(full, () => silo.Conversation("default/queued").Start(Reader.Prompt(maxTokens: 40, n: 2)));

        var events = await silo.Conversation("default/queued").ReadAll(); // the full silo makes no step until then
        for (var choice = 0; choice < 2; choice++) Assert.Equal(expected.Text(choice), events.Text(choice));
        TestSilo.ModelOf(full).LetGo();
        Assert.Equal(20, (await silo.Conversation("default/first").ReadAll()).Count);
    }

    [Fact]
    public async Task A_preempted_turn_moves_and_goes_on_behind_its_last_token()
    {
        await using var silo = await Start(new() { NumBlocks = 40 }); // 640 tokens: not enough for two of these
        var (full, other) = (silo.Cluster.Silos[0], silo.Cluster.Silos[1]);
        TestSilo.ModelOf(other).LetGo();
        await On(other, () => silo.Conversation("default/straight").Start(Reader.Prompt(maxTokens: 450, seed: 9)));
        var expected = await silo.Conversation("default/straight").ReadAll();
        var steps = TestSilo.DeviceOf(other).Load.Steps;
        foreach (var (key, seed) in ((string, ulong)[])[("default/older", 8), ("default/newer", 9)])
            await On(full, () => silo.Conversation(key).Start(Reader.Prompt(maxTokens: 450, seed: seed)));
        TestSilo.ModelOf(full).StepsPerSecond = 150; // the older one goes on for a second behind the preemption
        TestSilo.ModelOf(full).LetGo();

        Assert.Equal(expected.Text(), (await silo.Conversation("default/newer").ReadAll()).Text());
        Assert.Equal(450, (await silo.Conversation("default/older").ReadAll()).Count);
        Assert.True(TestSilo.DeviceOf(other).Load.Steps > steps);
    }

    static async Task<TestSilo> Start(Engine.EngineOptions engine, double moveAfterSeconds = 0.5)
    {
        var silo = await TestSilo.StartAsync(silos: 2, engine: engine, model: m => m.Hold(),
            options: o => o.MoveAfter = TimeSpan.FromSeconds(moveAfterSeconds));
        foreach (var handle in silo.Cluster.Silos)
        {
            var cluster = handle.ServiceProvider.GetRequiredService<ClusterLoad>();
            await TestSilo.Until(() => cluster.Silos.Count == 2 && cluster.Silos.All(load => load.Accepting));
        }
        return silo;
    }

    /// <summary>One runs.</summary>
    static async Task Run(TestSilo silo, InProcessSiloHandle where, string key)
    {
        await On(where, () => silo.Conversation(key).Start(Reader.Prompt()));
        TestSilo.ModelOf(where).Allow(1);
        await silo.Conversation(key).ReadSome(1);
    }

    /// <summary>One runs and one waits: there is no place for a third.</summary>
    static async Task Fill(TestSilo silo, InProcessSiloHandle where, string key)
    {
        await Run(silo, where, key);
        await On(where, () => silo.Conversation(key + "-waits").Start(Reader.Prompt()));
    }

    static async Task On(InProcessSiloHandle where, Func<Task> call)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, where.SiloAddress);
        try
        {
            await call();
        }
        finally
        {
            RequestContext.Clear();
        }
    }
}
