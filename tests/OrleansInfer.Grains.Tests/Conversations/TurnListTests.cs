using OrleansInfer.Abstractions;
using static OrleansInfer.Grains.Tests.ConversationTests;
using static OrleansInfer.Grains.Tests.ItemTests;

namespace OrleansInfer.Grains.Tests;

/// <summary>A conversation knows all of its turns.</summary>
public sealed class TurnListTests
{
    [Fact]
    public async Task Every_turn_is_known_by_its_number_with_its_range_and_usage()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        var texts = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var request = Chat($"question {i}", maxTokens: 5 + i) with { Tag = $"tag {i}", Instructions = $"be {i}", ToolsJson = "[]" };
            var started = await conversation.Start(request);
            Assert.Equal((i, (long?)null), (started.Turn, started.EndSeq));
            Assert.Null(started.Usage);
            texts.Add((await conversation.ReadAll(started.FirstSeq)).Text());
        }

        for (var i = 0; i < 3; i++)
        {
            var turn = await conversation.GetTurn(i);
            Assert.Equal((i, $"tag {i}", $"be {i}", "[]", 3ul), (turn.Turn, turn.Tag, turn.Instructions, turn.ToolsJson, turn.Seed));
            Assert.Equal(i == 0 ? 0 : (await conversation.GetTurn(i - 1)).EndSeq, turn.FirstSeq);
            Assert.Equal(turn.FirstSeq + 5 + i, turn.EndSeq);
            Assert.Equal((turn.PromptTokens, 5 + i), (turn.Usage!.PromptTokens, turn.Usage.CompletionTokens));
            Assert.Equal([FinishReason.Length], turn.FinishReasons!);
            var answer = await conversation.GetItems(turn.AnswerItem - 1, 1, false, null);
            Assert.Equal(texts[i], answer.Items[0].Message.Content);
            Assert.Equal(texts[i], (await conversation.ReadAll(turn.FirstSeq)).Text());
        }
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetTurn(3));
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetTurn(-1));
    }

    [Fact]
    public async Task After_a_replay_everything_is_as_it_was()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        await conversation.Create(new() { Named = true, Metadata = new Dictionary<string, string> { ["a"] = "b" } });
        await conversation.AddItems([new("user", "one"), new("user", "two")], Guid.NewGuid());
        for (var i = 0; i < 4; i++)
        {
            var request = Chat($"question {i}") with { Sampling = new() { N = 2, Seed = 5, MaxTokens = 40, Stop = ["e"] } };
            await conversation.ReadAll((await conversation.Start(request)).FirstSeq);
            await conversation.AddItems([new("user", $"between {i}")], Guid.NewGuid());
        }
        await conversation.DeleteItem(1);
        await conversation.DeleteTurn(2);
        await conversation.SetMetadata(new Dictionary<string, string> { ["c"] = "d" });
        var before = await Everything(conversation);

        await silo.Cluster.DeactivateAsync(conversation);

        Assert.Equal(before, await Everything(conversation));
        Assert.Equal(4, (await conversation.Start(Chat("last"))).Turn);
    }

    [Fact]
    public async Task Instructions_stand_before_the_prompt_of_their_turn_alone()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        var first = await conversation.Start(Chat("hi") with { Instructions = "be kind" });
        var answer = (await conversation.ReadAll()).Text();
        var second = await conversation.Start(Chat("ho"));
        await conversation.ReadAll(second.FirstSeq);

        Assert.Equal("s:be kind|u:hi|a:".Length, first.PromptTokens);
        Assert.Equal($"u:hi|a:{answer}|u:ho|a:".Length, second.PromptTokens);
        Assert.DoesNotContain((await conversation.GetHistory()).Messages, message => message.Role == "system");
        var raw = Reader.Prompt() with { Instructions = "be kind" };
        await Refused(InferenceError.InvalidRequest, "instructions", () => silo.Conversation("default/raw").Start(raw));
    }

    [Fact]
    public async Task What_an_earlier_turn_computed_is_not_computed_again()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        var first = await conversation.Start(Chat(new('x', 50), maxTokens: 30));
        await conversation.ReadAll();
        var second = await conversation.Start(Chat("more"));
        await conversation.ReadAll(second.FirstSeq);

        var cached = (await conversation.GetTurn(1)).Usage!.CachedTokens;
        Assert.InRange(cached, (first.PromptTokens + 29) / 16 * 16, first.PromptTokens + 30);
    }

    [Fact]
    public async Task A_turn_that_follows_another_than_the_last_is_refused()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Hold());
        var conversation = silo.Conversation();
        await Refused(InferenceError.ConversationMoved, null, () => conversation.Start(Chat("x") with { AfterTurn = 0 }));
        await conversation.Start(Chat("x") with { AfterTurn = -1 });
        await Refused(InferenceError.ConversationMoved, null, () => conversation.Start(Chat("x") with { AfterTurn = -1 }));
        await Refused(InferenceError.ConversationBusy, null, () => conversation.Start(Chat("x") with { AfterTurn = 0 }));
        silo.Model.LetGo();
        await conversation.ReadAll();
        await conversation.Start(Chat("y") with { AfterTurn = 0 });
    }

    [Fact]
    public async Task A_deleted_turn_is_gone_and_its_items_stay()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        for (var i = 0; i < 3; i++) await conversation.ReadAll((await conversation.Start(Chat($"{i}"))).FirstSeq);
        var items = (await conversation.GetItems(null, 100, false, null)).Items;

        foreach (var turn in (int[])[2, 0])
        {
            var info = await conversation.GetTurn(turn);
            await conversation.DeleteTurn(turn);
            await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetTurn(turn));
            await Refused(InferenceError.ConversationNotFound, null, () => conversation.DeleteTurn(turn));
            await Refused(InferenceError.ConversationNotFound, null, () => conversation.Read(info.FirstSeq, 0));
            await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetItems(null, 10, false, turn));
        }
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetTurn());
        Assert.Equal(9, (await conversation.ReadAll((await conversation.GetTurn(1)).FirstSeq)).Count);
        Assert.Equal(items, (await conversation.GetItems(null, 100, false, null)).Items);

        await conversation.DeleteTurn(1); // the last of a conversation without a name
        Assert.Equal(0, silo.Database.CountOf("default/c"));
    }

    [Fact]
    public async Task A_named_conversation_stays_when_all_its_turns_are_deleted()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Hold());
        var conversation = silo.Conversation();
        await conversation.Create(new() { Named = true });
        await conversation.Start(Chat("running"));

        await conversation.DeleteTurn(0);

        await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetTurn());
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.Read(0, 0));
        Assert.Equal(1, (await conversation.GetInfo()).Turns);
        silo.Model.LetGo();
        var next = await conversation.Start(Chat("next"));
        Assert.Equal((1, 9), (next.Turn, (await conversation.ReadAll(next.FirstSeq)).Count));
    }

    static async Task<string> Everything(IConversationGrain conversation)
    {
        var info = await conversation.GetInfo();
        var told = new List<object> { info.Created, info.Named, info.Turns, string.Join(' ', info.Metadata) };
        foreach (var item in (await conversation.GetItems(null, 1_000, false, null)).Items) told.Add(item);
        for (var i = 0; i < info.Turns; i++)
        {
            try
            {
                var turn = await conversation.GetTurn(i);
                told.AddRange([turn with { FinishReasons = null }, string.Join(' ', turn.FinishReasons!)]);
                told.AddRange((await conversation.ReadAll(turn.FirstSeq)).Where(e => e.Seq < turn.EndSeq));
                told.AddRange((await conversation.GetItems(null, 1_000, false, i)).Items);
            }
            catch (InferenceException e)
            {
                told.Add(e.Message);
            }
        }
        return string.Join('\n', told);
    }
}
