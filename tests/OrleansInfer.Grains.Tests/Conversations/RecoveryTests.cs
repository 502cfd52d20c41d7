using Microsoft.Extensions.DependencyInjection;
using OrleansInfer.Abstractions;
using static OrleansInfer.Grains.Tests.ConversationTests;

namespace OrleansInfer.Grains.Tests;

/// <summary>What the journal is for.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task Nothing_is_delivered_before_it_is_committed()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        silo.Database.Open.Reset();
        var start = conversation.Start(Reader.Prompt());
        await TestSilo.Until(() => silo.Database.Attempts == 1);
        await TestSilo.Until(() => silo.Device.Load is { Running: 0, Steps: >= 20 }); // all tokens are there
        Assert.False(start.IsCompleted);
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.Read(0, 0));

        silo.Database.Open.Set();
        await start;
        Assert.Equal(20, (await conversation.ReadAll()).Count);
    }

    [Fact]
    public async Task A_reader_waits_for_the_commit_of_tokens()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Hold());
        var conversation = silo.Conversation();
        await conversation.Start(Reader.Prompt());
        silo.Database.Open.Reset();
        silo.Model.Allow(1);
        await TestSilo.Until(() => silo.Database.Attempts == 2);
        Assert.Empty((await conversation.Read(0, 20)).Events);
        var read = conversation.Read(0, 2_000);

        silo.Database.Open.Set();

        Assert.Single((await read).Events);
    }

    [Fact]
    public async Task A_replay_shows_the_same_events()
    {
        await using var silo = await TestSilo.StartAsync();
        var request = Reader.Prompt(maxTokens: 60, n: 2, stop: ["e", "qq"]);
        await silo.Conversation().Start(request with { Sampling = request.Sampling with { Logprobs = 1 } });
        var events = await silo.Conversation().ReadAll();

        await silo.Cluster.DeactivateAsync(silo.Conversation());

        var again = await silo.Conversation().ReadAll();
        Assert.Equal(events.Select(Flat), again.Select(Flat));
    }

    [Fact]
    public async Task An_unfinished_turn_goes_on_by_itself_when_a_silo_starts_with_the_same_tokens()
    {
        var database = new MemoryDatabase();
        List<TokenEvent> expected, before;
        await using (var first = await TestSilo.StartAsync(database))
        {
            await first.Conversation("default/straight").Start(Reader.Prompt(maxTokens: 100, n: 2));
            expected = await first.Conversation("default/straight").ReadAll();
            first.Model.Hold();
            await first.Conversation("default/broken").Start(Reader.Prompt(maxTokens: 100, n: 2));
            first.Model.Allow(11);
            before = await first.Conversation("default/broken").ReadSome(10);
        }
        Assert.True(database.MarkOf("default/broken")!.Value.Running);

        await using var second = await TestSilo.StartAsync(database);
        await TestSilo.Until(() => database.MarkOf("default/broken") is { Running: false }); // without a reader

        var events = await second.Conversation("default/broken").ReadAll();
        Assert.Equal(before, events[..before.Count]);
        Assert.Equal(Enumerable.Range(0, 200).Select(seq => (long)seq), events.Select(e => e.Seq));
        for (var choice = 0; choice < 2; choice++) Assert.Equal(expected.Text(choice), events.Text(choice));
    }

    [Fact]
    public async Task Recovery_reaches_conversations_of_every_tenant()
    {
        var database = new MemoryDatabase();
        await using (var first = await TestSilo.StartAsync(database, model: m => m.Hold()))
        {
            RequestContext.Set(ConversationKey.TenantContextKey, "acme");
            await first.Conversation("acme/c").Start(Reader.Prompt());
            RequestContext.Clear();
        }
        await using var second = await TestSilo.StartAsync(database);
        await TestSilo.Until(() => database.MarkOf("acme/c") is { Running: false });
    }

    [Fact]
    public async Task A_turn_that_was_accepted_waits_for_room_after_a_restart_instead_of_failing()
    {
        var database = new MemoryDatabase();
        await using (var first = await TestSilo.StartAsync(database, model: m => m.Hold()))
            for (var i = 0; i < 6; i++) await first.Conversation($"default/{i}").Start(Reader.Prompt(seed: (ulong)i));

        await using var second = await TestSilo.StartAsync(
            database, engine: new() { NumBlocks = 256, MaxNumSeqs = 1, MaxNumWaiting = 1 });

        for (var i = 0; i < 6; i++)
            Assert.Equal(FinishReason.Length, (await second.Conversation($"default/{i}").ReadAll())[^1].FinishReason);
    }

    [Fact]
    public async Task A_stale_activation_is_fenced_and_the_conversation_goes_on_behind_the_newer_writer()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation("default/straight").Start(Reader.Prompt());
        var expected = await silo.Conversation("default/straight").ReadAll();

        silo.Model.Hold();
        var conversation = silo.Conversation();
        await conversation.Start(Reader.Prompt());
        silo.Model.Allow(5);
        var before = await conversation.ReadSome(5);
        await Intrude(silo, "default/c", new TokensCommitted([new() { Choice = 0, TokenIds = [expected[5].TokenId] }]));
        silo.Model.LetGo();

        var events = await conversation.ReadAll();

        Assert.Equal(before, events[..5]);
        Assert.Equal(expected.Select(Flat), events.Select(Flat));
    }

    [Fact]
    public async Task A_reader_that_is_ahead_of_a_stale_activation_goes_on_behind_the_newer_writer()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation("default/straight").Start(Reader.Prompt());
        var expected = await silo.Conversation("default/straight").ReadAll();
        silo.Model.Hold(); // It writes nothing, and so does not find out by itself.
        var conversation = silo.Conversation();
        await conversation.Start(Reader.Prompt());
        silo.Model.Allow(5);
        await conversation.ReadSome(5);
        await Intrude(silo, "default/c", new TokensCommitted([new() { Choice = 0, TokenIds = [expected[5].TokenId] }]));

        await Refused(InferenceError.Unavailable, null, () => conversation.Read(6, 0));
        silo.Model.LetGo();

        Assert.Equal(expected[6..].Select(Flat), (await conversation.ReadAll(from: 6)).Select(Flat));
        await Refused(InferenceError.InvalidRequest, "from_seq", () => conversation.Read(expected.Count + 1, 0));
    }

    [Fact]
    public async Task A_journal_that_fails_refuses_the_turn_in_words_and_keeps_nothing_of_it()
    {
        await using var silo = await TestSilo.StartAsync();
        silo.Database.Fault = new IOException("The disk is full.");
        var refusal = await Refused(InferenceError.Unavailable, null, () => silo.Conversation().Start(Reader.Prompt()));
        Assert.Equal("The disk is full.", refusal.Message);
        silo.Database.Fault = null;

        await Refused(InferenceError.ConversationNotFound, null, () => silo.Conversation().GetTurn());
        await silo.Conversation().Start(Reader.Prompt());
        Assert.Equal(20, (await silo.Conversation().ReadAll()).Count);
    }

    [Fact]
    public async Task A_journal_that_fails_in_mid_turn_loses_nothing()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation("default/straight").Start(Reader.Prompt());
        var expected = await silo.Conversation("default/straight").ReadAll();
        silo.Model.Hold();
        await silo.Conversation().Start(Reader.Prompt());
        silo.Model.Allow(5);
        var before = await silo.Conversation().ReadSome(5);
        var attempts = silo.Database.Attempts;
        silo.Database.Fault = new IOException("The disk is full.");
        silo.Model.LetGo();
        await TestSilo.Until(() => silo.Database.Attempts > attempts);
        silo.Database.Fault = null;

        var events = await silo.Conversation().ReadAll();

        Assert.Equal(before, events[..5]);
        Assert.Equal(expected.Select(Flat), events.Select(Flat));
    }

    [Fact]
    public async Task A_turn_of_a_model_that_is_gone_ends_with_an_error_and_its_history_stays()
    {
        var database = new MemoryDatabase();
        await using (var first = await TestSilo.StartAsync(database, model: m => m.Hold()))
        {
            await first.Conversation().Start(Reader.Prompt());
            first.Model.Allow(2);
            await first.Conversation().ReadSome(2);
        }
        await using var second = await TestSilo.StartAsync(database, name: "other");
        var events = await second.Conversation().ReadAll();
        Assert.Equal(FinishReason.Error, events[^1].FinishReason);
    }

    /// <summary>Another activation of the conversation commits an event.</summary>
    internal static async Task Intrude(TestSilo silo, string key, ConversationEvent @event)
    {
        var codec = silo.Services.GetRequiredService<EventCodec>();
        await using var store = new MemoryJournal(silo.Database);
        var version = (await store.ReadAsync(key)).Sum(entry => entry.Count);
        Assert.True(await store.AppendAsync(new(key, version, 1, codec.Encode([@event]))));
    }

    static object Flat(TokenEvent e) =>
        (e.Seq, e.Choice, e.TokenId, e.Text, e.FinishReason, e.StopReason, e.Logprobs?.Token.Text, e.Logprobs?.Token.Logprob);
}
