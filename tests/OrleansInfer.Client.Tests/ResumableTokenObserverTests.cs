using Microsoft.Extensions.Time.Testing;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client.Tests;

[Collection(ClusterCollection.Name)]
public sealed class ResumableTokenObserverTests(TestCluster cluster)
{
    readonly ConversationKey _key = new(ConversationKey.DefaultTenant, Guid.NewGuid().ToString());

    // Time stands still unless a test moves it: no silence is ever noticed.
    readonly FakeTimeProvider _time = new();

    FakeConversation Conversation => cluster.Conversations[_key.ToString()];

    ResumableTokenObserver Observer(long nextSeq = 0, TimeProvider? time = null) =>
        new(cluster.Client, _key, nextSeq, new() { Time = time ?? _time, Patience = TimeSpan.FromDays(1) });

    /// <summary>Starts following and returns when the observer listens to the stream.</summary>
    async Task<Task<List<long>>> FollowAsync(ResumableTokenObserver observer)
    {
        var following = observer.ReadAllAsync().Select(token => token.Seq).ToListAsync().AsTask();
        await Conversation.WaitForReadAsync();
        return following.WaitAsync(Hang.Limit);
    }

    static long[] UpTo(long end) => [.. Enumerable.Range(0, (int)end).Select(seq => (long)seq)];

    [Fact]
    public async Task Takes_tokens_from_the_stream()
    {
        var observer = Observer();
        var following = await FollowAsync(observer);
        Conversation.Commit("a", "b", "c");
        await cluster.PublishAsync(Conversation.Batch(0, 2));
        await cluster.PublishAsync(Conversation.Batch(2, 1));
        Conversation.Finish();
        await cluster.PublishAsync(Conversation.Batch(3, 1, done: true));
        Assert.Equal(UpTo(4), await following);
        Assert.Equal((4, new TurnUsage(7, 4, 3)), (observer.NextSeq, observer.Usage));
        Assert.Equal(2, Conversation.Reads); // before the stream, and to learn that the turn has ended
    }

    [Fact]
    public async Task Drops_what_it_has()
    {
        var following = await FollowAsync(Observer());
        Conversation.Commit("a", "b", "c");
        await cluster.PublishAsync(Conversation.Batch(0, 2));
        await cluster.PublishAsync(Conversation.Batch(0, 2));
        await cluster.PublishAsync(Conversation.Batch(1, 2));
        Conversation.Finish();
        await cluster.PublishAsync(Conversation.Batch(2, 2, done: true));
        Assert.Equal(UpTo(4), await following);
    }

    [Fact]
    public async Task Fills_a_gap_from_the_conversation()
    {
        var following = await FollowAsync(Observer());
        Conversation.Commit("a", "b", "c", "d");
        await cluster.PublishAsync(Conversation.Batch(3, 1)); // 0 to 2 were lost
        await Conversation.WaitForReadAsync();
        Conversation.Finish();
        await cluster.PublishAsync(Conversation.Batch(4, 1, done: true));
        Assert.Equal(UpTo(5), await following);
    }

    [Fact]
    public async Task Asks_the_conversation_when_the_stream_is_silent()
    {
        var following = await FollowAsync(Observer());
        Conversation.Commit("a", "b"); // and nothing is published, ever
        Conversation.Finish();
        await AdvanceUntil(following);
        Assert.Equal(UpTo(3), await following);
    }

    [Fact]
    public async Task Starts_with_what_the_conversation_holds_already()
    {
        Conversation.PageSize = 2;
        Conversation.Commit("a", "b", "c", "d", "e");
        Conversation.Finish();
        Assert.Equal(UpTo(6), await Observer().ReadAllAsync().Select(token => token.Seq).ToListAsync());
    }

    [Fact]
    public async Task Goes_on_where_another_observer_stopped()
    {
        Conversation.Commit("a", "b", "c");
        var first = Observer();
        await foreach (var token in first.ReadAllAsync())
        {
            if (token.Text == "b") break;
        }

        await Conversation.WaitForReadAsync();
        Assert.Equal(2, first.NextSeq);
        var following = await FollowAsync(Observer(first.NextSeq));
        Conversation.Finish();
        await cluster.PublishAsync(Conversation.Batch(2, 2, done: true));
        Assert.Equal([2, 3], await following);
    }

    [Fact]
    public async Task A_late_batch_of_an_older_turn_does_not_end_the_next_one()
    {
        Conversation.Commit("a");
        Conversation.Finish();
        Conversation.Start(new()); // a second turn, which runs
        var following = await FollowAsync(Observer(nextSeq: 2));
        await cluster.PublishAsync(Conversation.Batch(0, 2, done: true));
        await Conversation.WaitForReadAsync();
        Conversation.Commit("b");
        Conversation.Finish();
        await cluster.PublishAsync(Conversation.Batch(2, 2, done: true));
        Assert.Equal([2, 3], await following);
    }

    [Fact]
    public async Task Every_order_and_loss_of_batches_comes_to_the_same_tokens()
    {
        var random = new Random(17);
        var observer = Observer();
        var following = await FollowAsync(observer);
        for (var seq = 0; seq < 90; seq++)
        {
            Conversation.Commit($"{seq}");
            if (random.Next(4) == 0) continue; // lost
            var from = random.Next(Math.Max(0, seq - 3), seq + 1);
            await cluster.PublishAsync(Conversation.Batch(from, seq + 1 - from));
            if (random.Next(3) > 0) continue; // several are under way
            for (var hang = Hang.Start(); observer.NextSeq <= seq; hang.ThrowIfOver()) await Task.Yield();
        }

        Conversation.Finish();
        await AdvanceUntil(following);
        Assert.Equal(UpTo(91), await following);
    }

    [Fact]
    public async Task Follows_without_a_stream_when_nobody_can_subscribe_to_it()
    {
        await using var silo = await StreamlessCluster.StartAsync(cluster.Conversations);
        var observer = new ResumableTokenObserver(silo.Client, _key, options: new() { Silence = TimeSpan.FromMilliseconds(1) });
        var following = await FollowAsync(observer);
        Conversation.Commit("a", "b");
        Conversation.Finish();
        Assert.Equal(UpTo(3), await following);
    }

    [Fact]
    public async Task Subscribes_anew_when_the_stream_has_forgotten_it()
    {
        var following = await FollowAsync(Observer());
        await cluster.ForgetSubscriptionsAsync(_key.ToString());
        for (var hang = Hang.Start(); await cluster.CountSubscriptionsAsync(_key.ToString()) == 0; hang.ThrowIfOver())
        {
            Conversation.Commit("x");
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Conversation.Finish();
        await AdvanceUntil(following);
        Assert.Equal(UpTo((await following).Count), await following);
    }

    [Fact]
    public async Task Leaves_no_subscription_behind()
    {
        Conversation.Finish();
        await Observer().ReadAllAsync().ToListAsync();
        Assert.Equal(0, await cluster.CountSubscriptionsAsync(_key.ToString()));
    }

    async Task AdvanceUntil(Task ended)
    {
        for (var hang = Hang.Start(); !ended.IsCompleted; hang.ThrowIfOver())
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }
}
