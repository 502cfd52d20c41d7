using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class ConversationReaderTests
{
    readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public async Task Goes_on_when_a_silo_is_gone_and_another_takes_over()
    {
        var read = Read(failures: 5);
        while (!read.IsCompleted) _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal([0L, 1L, 2L], await read);
    }

    [Fact]
    public async Task Gives_up_when_no_silo_takes_over()
    {
        var read = Read(failures: int.MaxValue);
        while (!read.IsCompleted) _time.Advance(TimeSpan.FromMilliseconds(500));
        await Assert.ThrowsAsync<SiloUnavailableException>(() => read);
    }

    async Task<List<long>> Read(int failures)
    {
        TokenEvent[] tokens = [AnswerCase.Token(0, "a"), AnswerCase.Token(1, "b"), AnswerCase.Token(2, "c", finish: FinishReason.Stop)];
        var grain = new ScriptedConversation(tokens, pageSize: 2, failures);
        var completion = new Completion("cmpl-1",
            [new Conversation("default/x", grain, ScriptedConversation.Turn, new ResponseFormat { Chat = false })]);
        var seqs = new List<long>();
        await foreach (var (_, page) in new ConversationReader(_time).Read(completion, TestContext.Current.CancellationToken))
            seqs.AddRange(page.Events.Select(token => token.Seq));
        return seqs;
    }
}
