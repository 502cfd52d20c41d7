using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using Orleans.TestingHost;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client.Tests;

/// <summary>One silo with conversations that tests write by hand, and a client. Tests use keys of their own.</summary>
public sealed class TestCluster : IAsyncLifetime
{
    readonly InProcessTestCluster _cluster;

    public TestCluster()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.AddMemoryStreams(TokenStreams.Provider, streams => streams.ConfigurePullingAgent(agent =>
                agent.Configure(options => options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10))));
            silo.Services.AddSingleton(Conversations);
        });
        builder.ConfigureClient(client => client.UseMemoryTokenStreams());
        _cluster = builder.Build();
    }

    public IClusterClient Client => _cluster.Client;

    internal FakeConversations Conversations { get; } = new();

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    public Task PublishAsync(TokenBatch batch) => Client
        .GetStreamProvider(TokenStreams.Provider)
        .GetStream<TokenBatch>(TokenStreams.For(batch.ConversationId))
        .OnNextAsync(batch);

    /// <summary>How many subscribe to a conversation's stream.</summary>
    public async Task<int> CountSubscriptionsAsync(string key)
    {
        var stream = Client.GetStreamProvider(TokenStreams.Provider).GetStream<TokenBatch>(TokenStreams.For(key));
        return (await stream.GetAllSubscriptionHandles()).Count;
    }

    /// <summary>What becomes of subscriptions when the silo that holds them dies.</summary>
    public async Task ForgetSubscriptionsAsync(string key)
    {
        var stream = Client.GetStreamProvider(TokenStreams.Provider).GetStream<TokenBatch>(TokenStreams.For(key));
        foreach (var handle in await stream.GetAllSubscriptionHandles()) await handle.UnsubscribeAsync();
    }
}
