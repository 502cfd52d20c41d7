using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains.Tests;

public sealed class PromptPrefixTests
{
    static readonly string Instructions = new('s', 1_000);

    [Fact]
    public void Tenants_share_no_key()
    {
        TurnRequest[] requests = [Chat(Instructions), new() { Prompt = Instructions }, new() { PromptTokenIds = new int[500] }];
        foreach (var request in requests)
        {
            var (ours, theirs) = (PromptPrefix.KeysOf("ours", request), PromptPrefix.KeysOf("theirs", request));
            Assert.True(ours.Length >= 4);
            Assert.Empty(ours.Intersect(theirs));
        }
    }

    [Fact]
    public void Prompts_share_the_keys_of_what_they_have_in_common()
    {
        var (one, other) = (Keys(Chat(Instructions, new('a', 3_000))), Keys(Chat(Instructions, new('b', 3_000))));
        Assert.Equal(one.Length, other.Length);
        Assert.All(Enumerable.Range(0, one.Length), i => Assert.Equal(4 * PromptPrefix.LengthOf(i) <= 1_000, one[i] == other[i]));
    }

    [Fact]
    public void A_turn_behind_others_begins_as_they_did()
    {
        var first = Keys(Chat(Instructions, "hello"));
        ChatMessage[] history = [.. Chat(Instructions, "hello").Messages!, new("assistant", new('w', 2_000))];
        var next = PromptPrefix.KeysOf("default", history, new() { Messages = [new("user", "go on")] });
        Assert.Equal(first, next[..first.Length]);
        Assert.Equal(next, Keys(new() { Messages = [.. history, new("user", "go on")] })); // what a client without memory sends
    }

    [Fact]
    public void Where_a_message_ends_matters_and_so_do_the_tools()
    {
        Assert.NotEqual(Keys(Chat("a", "b" + Instructions))[0], Keys(Chat("ab", Instructions))[0]);
        Assert.NotEqual(Keys(Chat(Instructions))[0], Keys(Chat(Instructions) with { ToolsJson = "[]" })[0]);
    }

    [Fact]
    public void Short_prompts_have_no_keys_and_the_longest_a_bounded_number()
    {
        Assert.Empty(Keys(Chat("hello")));
        Assert.Equal(PromptPrefix.MaxKeys, Keys(new() { Prompt = new('x', 2_000_000) }).Length);
    }

    [Fact]
    public void What_was_used_last_is_kept_as_far_as_the_cache_has_room()
    {
        var warm = new WarmPrefixes(capacity: 300);
        var (old, young) = (Keys(Chat(Instructions, "a")), Keys(new() { Prompt = new('y', 512) }));
        warm.Use(old);
        warm.Use(young);
        Assert.Equal(old[..^1].Concat(young).Order(), warm.Sorted()); // 192 of 256 tokens, and 128
        warm.Use(old);
        Assert.Equal(old.Concat(young[..^1]).Order(), warm.Sorted());
    }

    [Fact]
    public void A_report_tells_the_longest_prefix_it_has()
    {
        var keys = Keys(Chat(Instructions, Instructions));
        var report = new SiloPrefixes { Silo = null!, Version = 1, Keys = [.. keys[..3].Order()] };
        Assert.Equal(128, report.WarmTokens(keys));
        Assert.Equal(96, report.WarmTokens(keys.AsSpan(0, 2)));
        Assert.Equal(0, report.WarmTokens(PromptPrefix.KeysOf("another", Chat(Instructions, Instructions))));
    }

    static uint[] Keys(TurnRequest request) => PromptPrefix.KeysOf("default", request);

    static TurnRequest Chat(params string[] contents) => new() { Messages = [.. contents.Select(text => new ChatMessage("user", text))] };
}
