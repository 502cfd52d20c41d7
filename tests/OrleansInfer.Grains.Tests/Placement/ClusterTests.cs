using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;

namespace OrleansInfer.Grains.Tests;

/// <summary>Two silos.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task Every_silo_knows_the_load_of_all()
    {
        await using var silo = await TestSilo.StartAsync(silos: 2);
        foreach (var handle in silo.Cluster.Silos)
        {
            var cluster = handle.ServiceProvider.GetRequiredService<ClusterLoad>();
            await TestSilo.Until(() => cluster.Silos.Count == 2 && cluster.Silos.All(load => load.Accepting));
            Assert.All(cluster.Silos, load => Assert.Equal(
                (Environment.ProcessId, "cpu", "tiny", 256), (load.Pid, load.Device, load.Model, load.TotalBlocks)));
        }
    }

    [Fact]
    public async Task Conversations_go_where_there_is_room()
    {
        await using var silo = await TestSilo.StartAsync(
            silos: 2, engine: new() { NumBlocks = 64, EnablePrefixCaching = false }, model: m => m.Hold());
        var cluster = silo.Services.GetRequiredService<ClusterLoad>();
        await TestSilo.Until(() => cluster.Silos.Count == 2 && cluster.Silos.All(load => load.Accepting));
        var (full, other) = (silo.Cluster.Silos[0], silo.Cluster.Silos[1]);
        await StartOn(full, silo, "default/here", new('x', 250), count: 3);
        TestSilo.ModelOf(full).Allow(3);
        await TestSilo.Until(() => cluster.Silos.Single(load => load.Silo.Equals(full.SiloAddress)).FreeBlocks < 20);

        for (var i = 0; i < 3; i++) await silo.Conversation($"default/there{i}").Start(Reader.Prompt());

        TestSilo.ModelOf(other).Allow(3);
        await TestSilo.Until(() => TestSilo.DeviceOf(other).Load.Running == 3);
        Assert.Equal(3, TestSilo.DeviceOf(full).Load.Running);
    }

    [Fact]
    public async Task When_a_silo_dies_its_turns_go_on_elsewhere_without_a_reader()
    {
        await using var silo = await TestSilo.StartAsync(silos: 2);
        await silo.Conversation("default/straight").Start(Reader.Prompt(maxTokens: 50));
        var expected = await silo.Conversation("default/straight").ReadAll();
        var dying = silo.Cluster.Silos[1];
        TestSilo.ModelOf(dying).Hold();
        await StartOn(dying, silo, "default/moved", "once upon a time", count: 1);
        TestSilo.ModelOf(dying).Allow(7);
        var before = await silo.Conversation("default/moved0").ReadSome(7);

        await silo.Cluster.KillSiloAsync(dying);

        await TestSilo.Until(() => silo.Database.MarkOf("default/moved0") is { Running: false });
        var events = await silo.Conversation("default/moved0").ReadAll();
        Assert.Equal(before, events[..7]);
        Assert.Equal(expected.Text(), events.Text());
    }

    [Fact]
    public async Task A_conversation_that_was_put_away_goes_on_where_its_pages_are()
    {
        await using var silo = await TestSilo.StartAsync(silos: 2);
        var home = silo.Cluster.Silos[1];
        var tables = silo.Cluster.Silos.Select(handle => handle.ServiceProvider.GetRequiredService<KvLoadTable>()).ToList();
        await StartOn(home, silo, "default/back", "a prompt that fills a block or two of the cache", count: 6);
        for (var i = 0; i < 6; i++)
        {
            var conversation = silo.Conversation($"default/back{i}");
            await conversation.ReadAll();
            uint[] own = [PromptPrefix.KeyOf($"default/back{i}")];
            await TestSilo.Until(() => tables.All(table => table.Find(home.SiloAddress, own) is { WarmTokens: > 0 }));
            await silo.Cluster.DeactivateAsync(conversation);
            await conversation.GetTurn();
            Assert.True(silo.Cluster.TryGetGrainContext(conversation.GetGrainId(), out var context));
            Assert.Equal(home.SiloAddress, context!.Address.SiloAddress);
        }
    }

    static async Task StartOn(InProcessSiloHandle where, TestSilo silo, string key, string prompt, int count)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, where.SiloAddress);
        for (var i = 0; i < count; i++) await silo.Conversation($"{key}{i}").Start(Reader.Prompt(prompt, maxTokens: 50));
        RequestContext.Clear();
    }
}
