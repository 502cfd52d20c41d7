using OrleansInfer.Abstractions;
using static OrleansInfer.Grains.Tests.ConversationTests;

namespace OrleansInfer.Grains.Tests;

/// <summary>What a conversation keeps beside the events of its turns.</summary>
public sealed class ItemTests
{
    static readonly Dictionary<string, string> NoMetadata = [];

    [Fact]
    public async Task A_named_conversation_begins_with_items_and_its_turns_add_theirs()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        var made = await conversation.Create(new()
        {
            Named = true, Metadata = new Dictionary<string, string> { ["topic"] = "tea" }, Items = [new("developer", "be kind")],
        });
        await conversation.AddItems([new("user", "hi"), new("assistant", "ho")], Guid.NewGuid());

        var turn = await conversation.Start(Chat("more") with { Retention = TimeSpan.FromMinutes(1) });
        var answer = await conversation.ReadAll(turn.FirstSeq);

        Assert.Equal((true, "tea", 0), (made.Named, made.Metadata["topic"], made.Turns));
        Assert.Equal("s:be kind|u:hi|a:ho|u:more|a:".Length, turn.PromptTokens);
        var page = await conversation.GetItems(null, 100, descending: false, throughTurn: null);
        Assert.Equal(
            [(0, "developer", "be kind", -1), (1, "user", "hi", -1), (2, "assistant", "ho", -1), (3, "user", "more", 0),
                (4L, "assistant", answer.Text(), 0)],
            page.Items.Select(item => (item.Number, item.Message.Role, item.Message.Content!, item.Turn)));
        Assert.Equal(4, turn.AnswerItem);
        Assert.Equal(1, (await conversation.GetInfo()).Turns);
        Assert.Equal(new ConversationMark(false, null), silo.Database.MarkOf("default/c")); // a turn's retention is not the conversation's
    }

    [Fact]
    public async Task A_conversation_is_made_once()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation().Create(new());
        await Refused(InferenceError.ConversationExists, null, () => silo.Conversation().Create(new()));
        await silo.Conversation("default/d").Start(Chat("hello"));
        await Refused(InferenceError.ConversationExists, null, () => silo.Conversation("default/d").Create(new()));
    }

    [Fact]
    public async Task A_conversation_that_is_not_there_has_nothing()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        await Refused(InferenceError.ConversationNotFound, null, conversation.GetInfo);
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.SetMetadata(NoMetadata));
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.AddItems([new("user", "hi")], Guid.NewGuid()));
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.DeleteItem(0));
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetItems(null, 10, false, null));
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetTurn(0));
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.DeleteTurn(0));
        await conversation.Create(new());
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetTurn());
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.Read(0, 0));
        Assert.Empty((await conversation.GetHistory()).Messages);
    }

    [Fact]
    public async Task A_request_made_twice_adds_its_items_once()
    {
        var database = new MemoryDatabase();
        await using var silo = await TestSilo.StartAsync(database);
        var conversation = silo.Conversation();
        await conversation.Create(new());
        var request = Guid.NewGuid();
        var first = await conversation.AddItems([new("user", "a"), new("user", "b")], request);
        await conversation.AddItems([new("user", "c")], Guid.NewGuid());
        await silo.Cluster.DeactivateAsync(conversation); // as after the death of the silo that took it

        var again = await conversation.AddItems([new("user", "a"), new("user", "b")], request);

        Assert.Equal(first, again);
        Assert.Equal(["a", "b", "c"], await Contents(conversation));
    }

    [Fact]
    public async Task A_request_that_another_activation_committed_is_found_when_it_is_repeated()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        await conversation.Create(new());
        var request = Guid.NewGuid();
        await RecoveryTests.Intrude(silo, "default/c", new ItemsAdded([new("user", "a")], request)); // its reply never came
        await Assert.ThrowsAsync<InferenceException>(() => conversation.AddItems([new("user", "b")], Guid.NewGuid())); // fenced

        var again = await conversation.AddItems([new("user", "a")], request);

        Assert.Equal((0, "a"), (again[0].Number, again[0].Message.Content));
        Assert.Equal(["a"], await Contents(conversation));
    }

    [Fact]
    public async Task A_deleted_item_is_in_no_prompt_and_its_number_is_not_given_again()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        await conversation.Create(new() { Items = [new("user", "one"), new("user", "two")] });
        await conversation.DeleteItem(1);
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.DeleteItem(1));

        var added = await conversation.AddItems([new("user", "three")], Guid.NewGuid());
        var turn = await conversation.Start(new() { Messages = [], Sampling = new() { MaxTokens = 2 } });

        Assert.Equal(2, added[0].Number);
        Assert.Equal("u:one|u:three|a:".Length, turn.PromptTokens);
    }

    [Fact]
    public async Task Items_are_paged_in_both_directions()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        await conversation.Create(new() { Items = [.. Enumerable.Range(0, 10).Select(i => new ChatMessage("user", $"{i}"))] });
        foreach (var number in (int[])[3, 7]) await conversation.DeleteItem(number);
        List<int> expected = [0, 1, 2, 4, 5, 6, 8, 9];
        for (var limit = 1; limit <= 9; limit++)
            foreach (var descending in (bool[])[false, true])
                for (long? after = null; after is null or < 11; after = after + 1 ?? -1)
                {
                    var all = expected.Where(n => after is null || (descending ? n < after : n > after)).ToList();
                    if (descending) all.Reverse();
                    var page = await conversation.GetItems(after, limit, descending, null);
                    Assert.Equal(all.Take(limit), page.Items.Select(item => (int)item.Number));
                    Assert.Equal(all.Count > limit, page.HasMore);
                }
        Assert.Empty((await conversation.GetItems(long.MaxValue, 10, false, null)).Items);
        await Refused(InferenceError.InvalidRequest, "limit", () => conversation.GetItems(null, 0, false, null));
        await Refused(InferenceError.InvalidRequest, "limit", () => conversation.GetItems(null, 1_001, false, null));
    }

    [Fact]
    public async Task While_a_turn_runs_its_items_are_not_there_yet_and_no_others_come()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Hold());
        var conversation = silo.Conversation();
        await conversation.Create(new() { Items = [new("user", "before")] });
        await conversation.Start(Chat("hello"));

        Assert.Equal(["before"], await Contents(conversation));
        Assert.Equal(["before", "hello"], await Contents(conversation, throughTurn: 0));
        await Refused(InferenceError.ConversationBusy, null, () => conversation.AddItems([new("user", "no")], Guid.NewGuid()));
        await Refused(InferenceError.ConversationBusy, null, () => conversation.DeleteItem(0));

        silo.Model.LetGo();
        var answer = await conversation.ReadAll();
        Assert.Equal(["before", "hello", answer.Text()], await Contents(conversation));
    }

    [Fact]
    public async Task Metadata_can_be_set_while_a_turn_runs_and_nothing_of_it_is_lost()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        await conversation.Start(Chat("hello", maxTokens: 200));
        var setting = Enumerable.Range(0, 20)
            .Select(i => conversation.SetMetadata(new Dictionary<string, string> { ["i"] = $"{i}" })).ToList();

        var events = await conversation.ReadAll();
        await Task.WhenAll(setting);
        var before = await conversation.GetInfo();
        await silo.Cluster.DeactivateAsync(conversation);

        Assert.Equal(200, events.Count);
        Assert.Equal(before.Metadata, (await conversation.GetInfo()).Metadata);
        Assert.Equal(events.Text(), (await conversation.ReadAll()).Text());
        await TestSilo.Until(() => silo.Database.MarkOf("default/c") is { Running: false });
    }

    [Fact]
    public async Task What_exceeds_a_limit_is_refused()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Grains.GetGrain<IConversationGrain>("default/c"); // a wire would mend the text
        Task Create(params ChatMessage[] items) => conversation.Create(new() { Items = items });
        Task With(params (string Key, string Value)[] pairs) =>
            conversation.Create(new() { Metadata = pairs.ToDictionary(pair => pair.Key, pair => pair.Value) });

        await Refused(InferenceError.InvalidRequest, "metadata", () => With([.. Enumerable.Range(0, 17).Select(i => ($"{i}", ""))]));
        await Refused(InferenceError.InvalidRequest, "metadata", () => With(("", "v")));
        await Refused(InferenceError.InvalidRequest, "metadata", () => With((new('k', 65), "v")));
        await Refused(InferenceError.InvalidRequest, "metadata", () => With(("k", new('v', 513))));
        await Refused(InferenceError.InvalidRequest, "metadata", () => With(("k", "\ud800")));
        await Refused(InferenceError.InvalidRequest, "items", () => Create(new ChatMessage("", "x")));
        await Refused(InferenceError.InvalidRequest, "items", () => Create(new ChatMessage("user", "\udc00x")));
        await Refused(InferenceError.InvalidRequest, "items", () => Create(new ChatMessage("user", new('x', 5_000_000))));
        var large = new ChatMessage("user", new('x', 4_000_000));
        await Refused(InferenceError.InvalidRequest, "items", () => Create(large, large, large, large, large));
        await Refused(InferenceError.InvalidRequest, "items", () => Create([.. Enumerable.Repeat(new ChatMessage("user", "x"), 10_001)]));
        var broken = new ChatMessage("assistant", null) { ToolCallsJson = "{" };
        await Refused(InferenceError.InvalidRequest, "tool_calls", () => Create(broken));
        await Refused(InferenceError.InvalidRequest, "retention", () => conversation.Create(new() { Retention = TimeSpan.MaxValue }));
        await Refused(InferenceError.ConversationNotFound, null, conversation.GetInfo);

        await conversation.Create(new() { Items = [.. Enumerable.Repeat(new ChatMessage("user", "x"), 9_999)] });
        await conversation.DeleteItem(0); // deleted ones count
        await Refused(InferenceError.InvalidRequest, "messages", () => conversation.Start(Chat("x")));
        await conversation.AddItems([new("user", "\ud83d\ude00")], Guid.NewGuid());
        await Refused(InferenceError.InvalidRequest, "items", () => conversation.AddItems([new("user", "x")], Guid.NewGuid()));
        await Refused(InferenceError.InvalidRequest, "items", () => conversation.AddItems([], Guid.NewGuid()));
        await Refused(InferenceError.InvalidRequest, "metadata", () => conversation.SetMetadata(
            new Dictionary<string, string> { [""] = "" }));
    }

    [Fact]
    public async Task A_conversation_without_name_or_turn_is_kept_as_long_as_it_asks()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation("default/never").Create(new());
        await silo.Conversation("default/soon").Create(new() { Retention = TimeSpan.Zero });
        await silo.Conversation("default/named").Create(new() { Named = true, Retention = TimeSpan.Zero });

        Assert.Equal(new ConversationMark(false, null), silo.Database.MarkOf("default/never"));
        Assert.Equal(new ConversationMark(false, null), silo.Database.MarkOf("default/named"));
        Assert.NotNull(silo.Database.MarkOf("default/soon")!.Value.ExpiresAt);
        await Refused(InferenceError.ConversationNotFound, null, silo.Conversation("default/soon").GetInfo);
        await silo.Conversation("default/named").GetInfo();
    }

    internal static TurnRequest Chat(string text, int maxTokens = 9) => new()
    {
        Messages = [new("user", text)], Sampling = new() { MaxTokens = maxTokens, Seed = 3 },
    };

    static async Task<List<string?>> Contents(IConversationGrain conversation, int? throughTurn = null) =>
        [.. (await conversation.GetItems(null, 100, false, throughTurn)).Items.Select(item => item.Message.Content)];
}
