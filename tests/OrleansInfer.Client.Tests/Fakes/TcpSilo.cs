using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client.Tests;

/// <summary>A silo that other processes reach, as they reach the server: its conversations are written by the test.</summary>
internal sealed class TcpSilo : IAsyncDisposable
{
    const string ClusterName = "orleansinfer";

    readonly IHost _host;

    TcpSilo(IHost host, int gatewayPort) => (_host, GatewayPort) = (host, gatewayPort);

    public int GatewayPort { get; }

    public FakeConversations Conversations => _host.Services.GetRequiredService<FakeConversations>();

    public static async Task<TcpSilo> StartAsync()
    {
        var (siloPort, gatewayPort) = FreePorts();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddSingleton<FakeConversations>();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(siloPort, gatewayPort, serviceId: ClusterName, clusterId: ClusterName)
            .AddMemoryGrainStorage("PubSubStore")
            .AddMemoryStreams(TokenStreams.Provider));
        var host = builder.Build();
        await host.StartAsync();
        return new(host, gatewayPort);
    }

    public Task PublishAsync(TokenBatch batch) => _host.Services.GetRequiredService<IClusterClient>()
        .GetStreamProvider(TokenStreams.Provider)
        .GetStream<TokenBatch>(TokenStreams.For(batch.ConversationId))
        .OnNextAsync(batch);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    static (int, int) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
