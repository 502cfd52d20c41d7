using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace OrleansInfer.Client.Tests;

/// <summary>A silo that has no stream provider, and a client that believes it had.</summary>
internal static class StreamlessCluster
{
    public static async Task<InProcessTestCluster> StartAsync(FakeConversations conversations)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.Services.AddSingleton(conversations));
        builder.ConfigureClient(client => client.UseMemoryTokenStreams());
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }
}
