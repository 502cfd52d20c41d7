using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains.Tests;

public sealed class TokenStreamTests
{
    [Fact]
    public async Task A_subscriber_elsewhere_gets_every_committed_event_in_order_and_the_end()
    {
        await using var silo = await TestSilo.StartAsync();
        var (batches, done) = await Subscribe(silo, batch => batch.Done);

        await silo.Conversation().Start(Reader.Prompt(maxTokens: 80, n: 2));
        var events = await silo.Conversation().ReadAll();
        await done.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.All(batches, batch => Assert.Equal("default/c", batch.ConversationId));
        Assert.Equal(events, batches.SelectMany(batch => batch.Events));
    }

    [Fact]
    public async Task A_turn_that_begins_before_the_last_one_was_published_is_published()
    {
        await using var silo = await TestSilo.StartAsync(options: o => o.PublishInterval = TimeSpan.FromMilliseconds(500));
        var (batches, done) = await Subscribe(silo, batch => batch.Done && batch.Events is [.., { Seq: 17 }]);

        foreach (var first in (long[])[0, 9])
        {
            await silo.Conversation().Start(ItemTests.Chat("hello"));
            await silo.Conversation().ReadAll(first);
        }
        await done.WaitAsync(TimeSpan.FromSeconds(20));

        // Events of the first turn may be missing: a subscriber sees that by their numbers, and reads them.
        Assert.Equal(Enumerable.Range(9, 9), batches.SelectMany(batch => batch.Events).Select(e => (int)e.Seq).Where(seq => seq >= 9));
    }

    static async Task<(ConcurrentQueue<TokenBatch> Batches, Task Done)> Subscribe(TestSilo silo, Predicate<TokenBatch> isLast)
    {
        var (batches, done) = (new ConcurrentQueue<TokenBatch>(), new TaskCompletionSource());
        var streams = silo.Cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>(TokenStreams.Provider);
        await streams.GetStream<TokenBatch>(TokenStreams.For("default/c")).SubscribeAsync((batch, _) =>
        {
            batches.Enqueue(batch);
            if (isLast(batch)) done.TrySetResult();
            return Task.CompletedTask;
        });
        return (batches, done.Task);
    }
}
