using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client.Tests;

[Collection(ClusterCollection.Name)]
public sealed class ReadTokensTests(TestCluster cluster)
{
    readonly string _key = $"acme/{Guid.NewGuid()}";

    FakeConversation Conversation => cluster.Conversations[_key];

    IConversationGrain Grain => cluster.Client.GetGrain<IConversationGrain>(_key);

    [Fact]
    public async Task Reads_every_token_once_whatever_the_size_of_a_page()
    {
        Conversation.PageSize = 2;
        Conversation.Commit("a", "b", "c", "d", "e");
        Conversation.Finish();
        Assert.Equal([0, 1, 2, 3, 4, 5], await Grain.ReadTokensAsync(0).Select(token => token.Seq).ToListAsync());
    }

    [Fact]
    public async Task Waits_for_tokens_that_are_still_to_come()
    {
        var reading = Grain.ReadTokensAsync(0).Select(token => token.Text).ToListAsync().AsTask();
        await Conversation.WaitForReadAsync();
        Conversation.Commit("a");
        await Conversation.WaitForReadAsync();
        Conversation.Commit("b");
        Conversation.Finish();
        Assert.Equal(["a", "b", ""], await reading);
    }

    [Fact]
    public async Task Goes_on_where_a_reader_stopped()
    {
        Conversation.Commit("a", "b", "c");
        Conversation.Finish();
        Assert.Equal(["c", ""], await Grain.ReadTokensAsync(2).Select(token => token.Text).ToListAsync());
    }

    [Fact]
    public async Task Reads_through_calls_that_fail()
    {
        Conversation.Commit("a");
        Conversation.Finish();
        Conversation.FailWith(
            new TimeoutException(), new SiloUnavailableException(),
            new InferenceException(InferenceError.Unavailable, "the journal is away"));
        Assert.Equal(["a", ""], await Grain.ReadTokensAsync(0).Select(token => token.Text).ToListAsync());
        Assert.Equal(4, Conversation.Reads);
    }

    [Fact]
    public async Task Gives_up_when_calls_fail_for_longer_than_its_patience()
    {
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(2) }; // at every look at the clock
        Conversation.FailWith([.. Enumerable.Repeat(0, 100).Select(_ => new TimeoutException("gone"))]);
        var options = new TokenReadOptions { Time = time, Patience = TimeSpan.FromSeconds(1) };
        await Assert.ThrowsAsync<TimeoutException>(async () => await Grain.ReadTokensAsync(0, options).ToListAsync());
        Assert.Equal(1, Conversation.Reads);
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again()
    {
        Conversation.FailWith(new InferenceException(InferenceError.ConversationNotFound, "gone"));
        var refusal = await Assert.ThrowsAsync<InferenceException>(async () => await Grain.ReadTokensAsync(0).ToListAsync());
        Assert.Equal((InferenceError.ConversationNotFound, 1), (refusal.Error, Conversation.Reads));
    }

    [Fact]
    public async Task Calls_carry_the_tenant_of_the_key_and_leave_the_callers_own_alone()
    {
        Conversation.Finish();
        RequestContext.Set(ConversationKey.TenantContextKey, "mine");
        await Grain.ReadTokensAsync(0).ToListAsync();
        Assert.Equal(["acme"], Conversation.Tenants);
        Assert.Equal("mine", RequestContext.Get(ConversationKey.TenantContextKey));
        RequestContext.Clear();
    }

    [Fact]
    public async Task Cancellation_ends_the_reading_and_not_the_turn()
    {
        using var cancellation = new CancellationTokenSource();
        var reading = Grain.ReadTokensAsync(0, cancellationToken: cancellation.Token).ToListAsync().AsTask();
        await Conversation.WaitForReadAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(0, Conversation.Cancels);
    }
}
