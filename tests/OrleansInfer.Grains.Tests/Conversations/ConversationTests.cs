using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains.Tests;

/// <summary>What a caller sees of a conversation that nothing disturbs.</summary>
public sealed class ConversationTests
{
    [Fact]
    public async Task A_turn_is_read_as_numbered_events_whose_text_is_that_of_the_tokens()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();

        var turn = await conversation.Start(Reader.Prompt(maxTokens: 20));
        var events = await conversation.ReadAll();

        Assert.Equal((0L, 16, 1, 7ul), (turn.FirstSeq, turn.PromptTokens, turn.N, turn.Seed));
        Assert.Equal(("tiny", "fp"), (turn.Model, turn.SystemFingerprint));
        Assert.Equal(Enumerable.Range(0, 20).Select(seq => (long)seq), events.Select(e => e.Seq));
        Assert.Equal(TinyTokenizer.Text(events.Select(e => e.TokenId)), events.Text());
        Assert.Equal(FinishReason.Length, events[^1].FinishReason);
        Assert.All(events[..^1], e => Assert.Null(e.FinishReason));
        var end = await conversation.Read(20, 0);
        Assert.True(end.Done);
        Assert.Equal(new TurnUsage(16, 20, 0), end.Usage);
    }

    [Fact]
    public async Task Choices_share_one_numbering_and_do_not_mix()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation("default/three").Start(Reader.Prompt(maxTokens: 12, n: 3));
        var events = await silo.Conversation("default/three").ReadAll();

        Assert.Equal(Enumerable.Range(0, 36).Select(seq => (long)seq), events.Select(e => e.Seq));
        for (var choice = 0; choice < 3; choice++)
        {
            var own = events.Where(e => e.Choice == choice).ToList();
            Assert.Equal(12, own.Count);
            Assert.Single(own, e => e.FinishReason is not null);
            Assert.Equal(TinyTokenizer.Text(own.Select(e => e.TokenId)), events.Text(choice));
        }
        Assert.Equal(3, Enumerable.Range(0, 3).Select(choice => events.Text(choice)).Distinct().Count());

        await silo.Conversation("default/one").Start(Reader.Prompt(maxTokens: 12));
        Assert.Equal(events.Text(0), (await silo.Conversation("default/one").ReadAll()).Text());
    }

    [Fact]
    public async Task A_stop_string_cuts_the_text_and_ends_the_generation()
    {
        var said = "abc STOP def"u8.ToArray();
        await using var silo = await TestSilo.StartAsync(model: m => m.Script = at => said[(at - 2) % said.Length]);
        var conversation = silo.Conversation();

        await conversation.Start(Reader.Prompt("hi", maxTokens: 400, stop: ["TOP", "never"]));
        var events = await conversation.ReadAll();

        Assert.Equal("abc S", events.Text());
        Assert.Equal((FinishReason.Stop, "TOP"), (events[^1].FinishReason, events[^1].StopReason));
        Assert.Equal("abc STOP", TinyTokenizer.Text(events.Select(e => e.TokenId)));
        await TestSilo.Until(() => silo.Device.Load is { Running: 0, Waiting: 0 });
    }

    [Fact]
    public async Task Text_that_was_held_back_for_a_stop_string_is_not_lost()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Script = _ => 'x');
        await silo.Conversation().Start(Reader.Prompt("hi", maxTokens: 5, stop: ["xxxxxxxx"]));
        var events = await silo.Conversation().ReadAll();
        Assert.All(events[..^1], e => Assert.Equal("", e.Text));
        Assert.Equal(("xxxxx", FinishReason.Length), (events.Text(), events[^1].FinishReason));
    }

    [Fact]
    public async Task The_end_of_sequence_token_counts_but_has_no_text()
    {
        await using var silo = await TestSilo.StartAsync(model: m => m.Script = at => at < 5 ? 'y' : TinyTokenizer.Eos);
        await silo.Conversation().Start(Reader.Prompt("hi"));
        var events = await silo.Conversation().ReadAll();
        Assert.Equal(("yyy", TinyTokenizer.Eos, FinishReason.Stop), (events.Text(), events[^1].TokenId, events[^1].FinishReason));
        Assert.Equal(4, (await silo.Conversation().Read(4, 0)).Usage!.CompletionTokens);
    }

    [Fact]
    public async Task Log_probabilities_come_with_text_and_bytes()
    {
        await using var silo = await TestSilo.StartAsync();
        var request = Reader.Prompt(maxTokens: 3);
        await silo.Conversation().Start(request with { Sampling = request.Sampling with { Logprobs = 2, Temperature = 0 } });
        foreach (var e in await silo.Conversation().ReadAll())
        {
            Assert.Equal(TinyTokenizer.Text([e.TokenId]), e.Logprobs!.Token.Text);
            Assert.Equal([(byte)e.TokenId], e.Logprobs.Token.Bytes);
            Assert.Equal(2, e.Logprobs.Top.Count);
            Assert.Equal(e.Logprobs.Token.Logprob, e.Logprobs.Top[0].Logprob);
            Assert.True(e.Logprobs.Top[0].Logprob >= e.Logprobs.Top[1].Logprob);
        }
    }

    [Fact]
    public async Task The_next_turn_sees_the_history_and_goes_on_with_the_numbering()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        await conversation.Start(Chat("hello"));
        var first = await conversation.ReadAll();

        var second = await conversation.Start(Chat("more"));
        var answer = await conversation.ReadAll(second.FirstSeq);

        Assert.Equal(first.Count, second.FirstSeq);
        Assert.Equal($"u:hello|a:{first.Text()}|u:more|a:".Length, second.PromptTokens);
        var history = await conversation.GetHistory();
        Assert.Equal(
            [("user", "hello"), ("assistant", first.Text()), ("user", "more"), ("assistant", answer.Text())],
            history.Messages.Select(message => (message.Role, message.Content!)));
        Assert.Null(history.RunningTurn);
        Assert.Equal(first.Count + answer.Count, history.NextSeq);
    }

    [Fact]
    public async Task Events_of_earlier_turns_are_still_there_and_a_page_ends_with_its_turn()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        await conversation.Start(Chat("hello"));
        var first = await conversation.ReadAll();
        var second = await conversation.Start(Chat("more"));
        await conversation.ReadAll(second.FirstSeq);

        var page = await conversation.Read(0, 0);

        Assert.Equal(first, page.Events);
        Assert.True(page.Done);
        Assert.Equal(first.Count, page.Usage!.CompletionTokens);
    }

    [Fact]
    public async Task Tools_and_template_variables_reach_the_template_and_bad_ones_are_refused()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        var chat = Chat("hello");
        var plain = await conversation.Start(chat with { ChatTemplateKwargsJson = """{"add_generation_prompt": false}""" });
        Assert.Equal("u:hello|".Length, plain.PromptTokens);
        await conversation.ReadAll();

        await Refused(InferenceError.InvalidRequest, "tools", () => conversation.Start(chat with { ToolsJson = "{}" }));
        await Refused(InferenceError.InvalidRequest, "tools", () => conversation.Start(chat with { ToolsJson = "[" }));
        var kwargs = chat with { ChatTemplateKwargsJson = """{"tools": []}""" };
        await Refused(InferenceError.InvalidRequest, "chat_template_kwargs", () => conversation.Start(kwargs));
        var refusal = await Refused(
            InferenceError.InvalidRequest, "messages", () => conversation.Start(chat with { Messages = [new("villain", "ha")] }));
        Assert.Equal("no villains", refusal.Message);
    }

    [Fact]
    public async Task A_request_at_fault_is_refused_in_words_and_leaves_nothing_behind()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Conversation();
        var good = Reader.Prompt();
        SamplingParams Sampling(float temperature) => good.Sampling with { Temperature = temperature };

        await Refused(InferenceError.ModelNotFound, "model", () => conversation.Start(good with { Model = "gpt" }));
        await Refused(InferenceError.InvalidRequest, "temperature", () => conversation.Start(good with { Sampling = Sampling(float.NaN) }));
        await Refused(InferenceError.InvalidRequest, "messages", () => conversation.Start(good with { Prompt = null }));
        await Refused(InferenceError.InvalidRequest, "messages", () => conversation.Start(good with { PromptTokenIds = [1] }));
        await Refused(InferenceError.InvalidRequest, "prompt", () => conversation.Start(good with { Prompt = "" }));
        var ids = good with { Prompt = null, PromptTokenIds = [257] };
        await Refused(InferenceError.InvalidRequest, "prompt", () => conversation.Start(ids));
        var tag = new string('x', TurnRequest.MaxTagLength + 1);
        await Refused(InferenceError.InvalidRequest, "tag", () => conversation.Start(good with { Tag = tag }));
        await Refused(InferenceError.InvalidRequest, "retention", () => conversation.Start(good with { Retention = TimeSpan.MaxValue }));
        await Refused(InferenceError.ContextLengthExceeded, "messages", () => conversation.Start(good with { Prompt = new('x', 512) }));
        await Refused(InferenceError.ContextLengthExceeded, "messages", () => conversation.Start(good with { Prompt = new('x', 500) }));

        Assert.Equal(0, silo.Database.Attempts);
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.GetTurn());
        await Refused(InferenceError.ConversationNotFound, null, () => conversation.Read(0, 0));
        await conversation.Start(good);
        await conversation.ReadAll();
        await Refused(InferenceError.InvalidRequest, "from_seq", () => conversation.Read(21, 0));
        await Refused(InferenceError.InvalidRequest, "prompt", () => conversation.Start(good));
    }

    [Fact]
    public async Task Without_a_token_limit_the_answer_goes_to_the_end_of_the_context()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation().Start(new() { PromptTokenIds = [.. Enumerable.Repeat((int)'x', 500)] });
        Assert.Equal(12, (await silo.Conversation().ReadAll()).Count);
    }

    [Fact]
    public async Task Another_tenant_finds_nothing()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Conversation("default/c").Start(Reader.Prompt());

        RequestContext.Set(ConversationKey.TenantContextKey, "mallory");
        await Refused(InferenceError.ConversationNotFound, null, () => silo.Conversation("default/c").GetTurn());
        await silo.Conversation("mallory/c").Start(Reader.Prompt());
        RequestContext.Clear();

        await Refused(InferenceError.ConversationNotFound, null, () => silo.Conversation("mallory/c").GetTurn());
        await Refused(InferenceError.InvalidRequest, null, () => silo.Conversation("no-tenant").GetTurn());
        await silo.Conversation("default/c").GetTurn();
    }

    static TurnRequest Chat(string text) => new()
    {
        Messages = [new("user", text)],
        Sampling = new() { MaxTokens = 9, Seed = 3 },
    };

    internal static async Task<InferenceException> Refused(InferenceError error, string? param, Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<InferenceException>(call);
        Assert.Equal((error, param), (refusal.Error, refusal.Param));
        return refusal;
    }
}
