using OrleansInfer.Abstractions;

namespace OrleansInfer.Client.Tests;

/// <summary>The client library in a process of its own, over real connections.</summary>
public sealed class OtherProcessTests : IAsyncLifetime
{
    TcpSilo _silo = null!;

    public async ValueTask InitializeAsync() => _silo = await TcpSilo.StartAsync();

    public async ValueTask DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Chats_through_the_chat_client()
    {
        _silo.Conversations["default/c"].Answer = (["One ", "latte."], FinishReason.Stop);
        using var sample = new SampleProcess(_silo.GatewayPort, "chat", "a latte, please", "c");
        var lines = await sample.LinesAsync();
        Assert.Equal("One latte.", string.Concat(lines.Select(line => (string?)line["text"])));
        var end = lines[^1];
        Assert.Equal(("c", "stop", 7, 3), ((string?)end["conversation"], (string?)end["finish_reason"],
            (int?)end["input_tokens"], (int?)end["output_tokens"]));
        Assert.Equal("a latte, please", _silo.Conversations["default/c"].Requests.Single().Messages!.Single().Content);
    }

    [Fact]
    public async Task Follows_a_stream_and_resumes_in_another_process()
    {
        var conversation = _silo.Conversations["default/c"];
        using var first = new SampleProcess(_silo.GatewayPort, "follow", "default/c", "0", "2");
        await conversation.WaitForReadAsync();
        conversation.Commit("a", "b", "c");
        await _silo.PublishAsync(conversation.Batch(0, 3));
        var seen = await first.LinesAsync();
        Assert.Equal(["a", "b"], seen.SkipLast(1).Select(line => (string?)line["text"]));
        Assert.Equal((2, false), ((int)seen[^1]["next_seq"]!, (bool)seen[^1]["ended"]!));

        using var second = new SampleProcess(_silo.GatewayPort, "follow", "default/c", $"{seen[^1]["next_seq"]}");
        await conversation.WaitForReadAsync();
        conversation.Commit("d");
        conversation.Finish();
        await _silo.PublishAsync(conversation.Batch(4, 1, done: true)); // "d" was lost
        var rest = await second.LinesAsync();
        Assert.Equal(["c", "d", ""], rest.SkipLast(1).Select(line => (string?)line["text"]));
        Assert.Equal((5, true), ((int)rest[^1]["next_seq"]!, (bool)rest[^1]["ended"]!));
    }
}
