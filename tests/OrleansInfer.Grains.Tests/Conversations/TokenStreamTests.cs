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
        var (batches, done) = (new ConcurrentQueue<TokenBatch>(), new TaskCompletionSource());
        var streams = silo.Cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>(TokenStreams.Provider);
        await streams.GetStream<TokenBatch>(TokenStreams.For("default/c")).SubscribeAsync((batch, _) =>
        {
            batches.Enqueue(batch);
            if (batch.Done) done.TrySetResult();
            return Task.CompletedTask;
        });

        await silo.Conversation().Start(Reader.Prompt(maxTokens: 80, n: 2));
        var events = await silo.Conversation().ReadAll();
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.All(batches, batch => Assert.Equal("default/c", batch.ConversationId));
        Assert.Equal(events, batches.SelectMany(batch => batch.Events));
    }
}
