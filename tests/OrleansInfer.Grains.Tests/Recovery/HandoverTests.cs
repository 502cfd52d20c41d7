using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OrleansInfer.Abstractions;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;
using static OrleansInfer.Grains.Tests.ConversationTests;

namespace OrleansInfer.Grains.Tests;

/// <summary>Silos that leave while their conversations run.</summary>
public sealed class HandoverTests
{
    [Fact]
    public async Task Running_turns_go_on_at_another_silo_with_the_same_tokens_read_or_not()
    {
        await using var silo = await Start();
        await silo.Conversation("default/straight").Start(Reader.Prompt(maxTokens: 60, n: 2));
        var expected = await silo.Conversation("default/straight").ReadAll();
        var leaving = silo.Cluster.Silos[1];
        TestSilo.ModelOf(leaving).Hold();
        foreach (var key in (string[])["default/read", "default/unread"])
            await On(leaving, () => silo.Conversation(key).Start(Reader.Prompt(maxTokens: 60, n: 2)));
        TestSilo.ModelOf(leaving).Allow(9);
        var before = await silo.Conversation("default/read").ReadSome(10);
        var waiting = silo.Conversation("default/read").ReadAll(before.Count);

        await Leave(leaving);

        Assert.Equal(expected.Count, before.Count + (await waiting).Count);
        await TestSilo.Until(() => silo.Database.MarkOf("default/unread") is { Running: false });
        foreach (var key in (string[])["default/read", "default/unread"])
        {
            var events = await silo.Conversation(key).ReadAll();
            for (var choice = 0; choice < 2; choice++) Assert.Equal(expected.Text(choice), events.Text(choice));
        }
        Assert.Equal(before, (await silo.Conversation("default/read").ReadAll())[..before.Count]);
    }

    [Fact]
    public async Task A_turn_for_a_conversation_on_a_silo_that_leaves_is_refused_once_and_taken_elsewhere()
    {
        await using var silo = await Start();
        var leaving = silo.Cluster.Silos[1];
        await On(leaving, () => silo.Conversation().Start(Chat("one")));
        await silo.Conversation().ReadAll();
        await TestSilo.Until(() => silo.Database.MarkOf("default/c") is { Running: false });

        await Leave(leaving);

        await Refused(InferenceError.Moving, null, () => silo.Conversation().Start(Chat("two")));
        var turn = await silo.Conversation().Start(Chat("two"));
        Assert.Equal(20, (await silo.Conversation().ReadAll(turn.FirstSeq)).Count);
    }

    [Fact]
    public async Task New_conversations_go_past_a_silo_that_leaves()
    {
        await using var silo = await Start();
        var (staying, leaving) = (silo.Cluster.Silos[0], silo.Cluster.Silos[1]);
        await Leave(leaving);
        for (var i = 0; i < 8; i++) await silo.Conversation($"default/{i}").Start(Reader.Prompt(maxTokens: 4));
        for (var i = 0; i < 8; i++) Assert.Equal(4, (await silo.Conversation($"default/{i}").ReadAll()).Count);
        Assert.Equal(0UL, TestSilo.DeviceOf(leaving).Load.Steps);
        Assert.True(TestSilo.DeviceOf(staying).Load.Steps > 0);
    }

    [Fact]
    public async Task A_silo_by_itself_keeps_its_turns_until_it_stops()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Hold());
        await silo.Conversation().Start(Reader.Prompt());
        await Leave(silo.Cluster.Silos[0]);
        Assert.False(silo.Device.IsClosed);
        silo.Model.LetGo();
        Assert.Equal(20, (await silo.Conversation().ReadAll()).Count);
    }

    [Fact]
    public async Task A_turn_that_nobody_reads_any_more_is_parked_and_goes_on_with_its_next_reader()
    {
        var clock = new FakeTimeProvider();
        await using var silo = await TestSilo.StartAsync(
            model: m => m.Hold(), options: o => (o.Time, o.PublishInterval) = (clock, TimeSpan.Zero));
        await silo.Conversation().Start(Reader.Prompt(maxTokens: 100) with { ReadWithin = TimeSpan.FromSeconds(30) });
        await silo.Conversation("default/alone").Start(Reader.Prompt(maxTokens: 100));
        silo.Model.Allow(1);
        var before = await silo.Conversation().ReadSome(1);
        clock.Advance(TimeSpan.FromSeconds(31));

        silo.Model.StepsPerSecond = 50; // slow enough that the first commit is not the last
        silo.Model.LetGo();

        await TestSilo.Until(() => silo.Database.MarkOf("default/alone") is { Running: false }); // nobody has ever read that one
        await TestSilo.Until(() => silo.Device.Load is { Running: 0, Waiting: 0 });
        Assert.True(silo.Database.MarkOf("default/c")!.Value.Running);
        var events = await silo.Conversation().ReadAll();
        Assert.Equal((before[0], 100), (events[0], events.Count));
    }

    static async Task<TestSilo> Start()
    {
        var silo = await TestSilo.StartAsync(silos: 2);
        foreach (var handle in silo.Cluster.Silos)
        {
            var cluster = handle.ServiceProvider.GetRequiredService<ClusterLoad>();
            await TestSilo.Until(() => cluster.Silos.Count == 2 && cluster.Silos.All(load => load.Accepting));
        }
        return silo;
    }

    static TurnRequest Chat(string text) =>
        new() { Messages = [new("user", text)], Sampling = new() { MaxTokens = 20, Seed = 7 } };

    static Task Leave(InProcessSiloHandle silo) =>
        silo.ServiceProvider.GetRequiredService<Handover>().LeaveAsync(TestContext.Current.CancellationToken);

    static async Task On(InProcessSiloHandle where, Func<Task> call)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, where.SiloAddress);
        await call();
        RequestContext.Clear();
    }
}
