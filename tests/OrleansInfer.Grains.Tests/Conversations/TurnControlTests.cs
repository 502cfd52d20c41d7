using Microsoft.Extensions.Time.Testing;
using OrleansInfer.Abstractions;
using static OrleansInfer.Grains.Tests.ConversationTests;

namespace OrleansInfer.Grains.Tests;

/// <summary>Turns that are cancelled, parked, refused or forgotten.</summary>
public sealed class TurnControlTests
{
    [Fact]
    public async Task A_second_turn_is_refused_while_one_runs()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Hold());
        await silo.Conversation().Start(Reader.Prompt());

        await Refused(InferenceError.ConversationBusy, null, () => silo.Conversation().Start(Reader.Prompt()));

        silo.Model.LetGo();
        Assert.Equal(20, (await silo.Conversation().ReadAll()).Count);
    }

    [Fact]
    public async Task Cancel_ends_every_choice_and_frees_the_blocks()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Hold());
        var conversation = silo.Conversation();
        await conversation.Start(Reader.Prompt(maxTokens: 300, n: 2));
        silo.Model.Allow(10);
        var seen = await conversation.ReadSome(4);

        await conversation.Cancel(); // needs no step of the engine
        silo.Model.LetGo();

        var events = await conversation.ReadAll();
        Assert.Equal(seen, events[..seen.Count]);
        Assert.Equal([0, 1], events.Where(e => e.FinishReason == FinishReason.Abort).Select(e => e.Choice).Order());
        Assert.True(events.Count < 600);
        await TestSilo.Until(() => IsIdle(silo));
        await conversation.Cancel(); // nothing runs: nothing happens
        Assert.Equal(events.Count, (await conversation.GetHistory()).NextSeq);
    }

    [Fact]
    public async Task A_parked_turn_gives_its_blocks_back_and_goes_on_with_the_same_tokens()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation("default/straight").Start(Reader.Prompt(maxTokens: 200, n: 2));
        var expected = await silo.Conversation("default/straight").ReadAll();

        silo.Model.Hold();
        var conversation = silo.Conversation("default/parked");
        await conversation.Start(Reader.Prompt(maxTokens: 200, n: 2));
        silo.Model.Allow(30);
        var before = await conversation.ReadSome(20);
        await conversation.Park();
        silo.Model.LetGo();
        await TestSilo.Until(() => IsIdle(silo));
        Assert.NotNull((await conversation.GetHistory()).RunningTurn);

        var events = await conversation.ReadAll();

        Assert.Equal(before, events[..before.Count]);
        for (var choice = 0; choice < 2; choice++) Assert.Equal(expected.Text(choice), events.Text(choice));
        Assert.Equal(expected.Count, events.Count);
    }

    [Fact]
    public async Task A_parked_turn_that_nobody_comes_back_for_is_cancelled()
    {
        var clock = new FakeTimeProvider();
        await using var silo = await TestSilo.StartAsync(
            model: m => m.Hold(), options: o => (o.Time, o.PublishInterval) = (clock, TimeSpan.Zero));
        var conversation = silo.Conversation();
        await conversation.Start(Reader.Prompt(maxTokens: 300) with { Retention = TimeSpan.FromMinutes(3) });
        silo.Model.Allow(1);
        await conversation.ReadSome(1);
        await conversation.Park();
        silo.Model.LetGo();

        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.NotNull((await conversation.GetHistory()).RunningTurn);
        clock.Advance(TimeSpan.FromMinutes(1));

        await TestSilo.Until(() => silo.Database.MarkOf("default/c") is { Running: false });
        Assert.Equal(FinishReason.Abort, (await conversation.ReadAll())[^1].FinishReason);
    }

    [Fact]
    public async Task A_full_engine_refuses_the_turn_with_a_time_and_nothing_is_kept()
    {
        await using var silo = await TestSilo.StartAsync(
            engine: new() { NumBlocks = 256, MaxNumSeqs = 1, MaxNumWaiting = 1 }, model: m => m.Hold());
        await silo.Conversation("default/running").Start(Reader.Prompt());
        silo.Model.Allow(1);
        await silo.Conversation("default/running").ReadSome(1);
        await silo.Conversation("default/waiting").Start(Reader.Prompt());

        var refusal = await Refused(InferenceError.Overloaded, null, () => silo.Conversation("default/late").Start(Reader.Prompt()));

        Assert.True(refusal.RetryAfter > TimeSpan.Zero);
        Assert.Equal(0, silo.Database.CountOf("default/late"));
        silo.Model.LetGo();
        await silo.Conversation("default/waiting").ReadAll();
        await silo.Conversation("default/late").Start(Reader.Prompt());
        Assert.Equal(20, (await silo.Conversation("default/late").ReadAll()).Count);
    }

    [Fact]
    public async Task Of_many_choices_all_find_room_or_none_stays()
    {
        await using var silo = await TestSilo.StartAsync(engine: new() { NumBlocks = 256, MaxNumSeqs = 2, MaxNumWaiting = 4 });
        await Refused(InferenceError.Overloaded, null, () => silo.Conversation().Start(Reader.Prompt(n: 100)));
        await TestSilo.Until(() => IsIdle(silo));
        Assert.Equal(0, silo.Database.CountOf("default/c"));
    }

    [Fact]
    public async Task Delete_ends_the_turn_and_forgets_everything()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Hold());
        await silo.Conversation().Start(Reader.Prompt(maxTokens: 300));
        await silo.Conversation().Delete();
        silo.Model.LetGo();

        Assert.Equal(0, silo.Database.CountOf("default/c"));
        await Refused(InferenceError.ConversationNotFound, null, () => silo.Conversation().GetTurn());
        await silo.Conversation().Start(Reader.Prompt(maxTokens: 4));
        Assert.Equal(4, (await silo.Conversation().ReadAll()).Count);
    }

    [Fact]
    public async Task An_expired_conversation_is_not_found_and_is_deleted()
    {
        var clock = new FakeTimeProvider();
        await using var silo = await TestSilo.StartAsync(
            options: o => (o.Time, o.RetentionPeriod, o.PublishInterval) = (clock, TimeSpan.FromSeconds(30), TimeSpan.Zero));
        await silo.Conversation("default/brief").Start(Reader.Prompt() with { Retention = TimeSpan.FromMinutes(1) });
        await silo.Conversation("default/long").Start(Reader.Prompt());
        await silo.Conversation("default/brief").ReadAll();
        await silo.Conversation("default/long").ReadAll();
        await TestSilo.Until(() => silo.Database.MarkOf("default/brief") is { Running: false });

        clock.Advance(TimeSpan.FromSeconds(59));
        await silo.Conversation("default/brief").GetTurn();
        clock.Advance(TimeSpan.FromSeconds(1));
        await Refused(InferenceError.ConversationNotFound, null, () => silo.Conversation("default/brief").GetTurn());
        await TestSilo.Until(() => silo.Database.CountOf("default/brief") == 0);

        await silo.Conversation("default/long").GetTurn();
        await silo.Conversation("default/brief").Start(Reader.Prompt(maxTokens: 4)); // the same key, a new conversation
        Assert.Equal(4, (await silo.Conversation("default/brief").ReadAll()).Count);
    }

    static bool IsIdle(TestSilo silo) =>
        silo.Device.Load is var load && load.Running + load.Waiting == 0 && load.FreeBlocks + load.CachedBlocks == load.TotalBlocks;
}
