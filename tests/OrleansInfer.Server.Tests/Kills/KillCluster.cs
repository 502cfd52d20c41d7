using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

/// <summary>Three servers on one store; those that are killed are started again.</summary>
/// <param name="more">Options of each server.</param>
internal sealed partial class KillCluster(string model, string store, params string[] more) : IAsyncDisposable
{
    const int Size = 3;

    readonly RunningServer?[] _servers = new RunningServer?[Size];
    IHost? _client; // asks the cluster where conversations are

    public IReadOnlyList<RunningServer> Servers => [.. _servers.OfType<RunningServer>()];

    /// <summary>Starts those that are missing; returns when each knows all.</summary>
    public async Task Complete()
    {
        await Task.WhenAll(from i in Enumerable.Range(0, Size) where _servers[i] is null select Start(i));
        foreach (var server in Servers) await Cluster.WaitFor(server, Size);
        await Connect();
    }

    /// <summary>Which server generates a stream.</summary>
    public async Task<RunningServer> EngineOf(KilledStream stream)
    {
        var grains = _client!.Services.GetRequiredService<IGrainFactory>();
        var conversation = grains.GetGrain<IConversationGrain>(new ConversationKey(ConversationKey.DefaultTenant, stream.Id).ToString());
        var silo = await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(conversation);
        return Servers.First(server => server.Notice.Contains($"silo      {silo!.Endpoint},", StringComparison.Ordinal));
    }

    /// <summary>Ends a server; nobody finds it among the others from now on.</summary>
    public async Task End(RunningServer server, bool kill)
    {
        _servers[Array.IndexOf(_servers, server)] = null;
        if (kill) await server.Kill();
        else await server.Stop();
        await server.DisposeAsync();
    }

    /// <summary>
    /// The prompt for each server, by which all send a request there: what is in its KV cache, or belongs there by its hash.
    /// </summary>
    public async Task<Dictionary<RunningServer, string>> Homes(KillCase @case)
    {
        var homes = new Dictionary<RunningServer, string>();
        for (var i = 0; homes.Count < Servers.Count; i++)
        {
            var prompt = $"Desk {i}. " + string.Concat(Enumerable.Repeat($"We at desk {i} answer what we are asked. ", 7));
            homes.TryAdd(await HomeOf(@case.Probe(prompt), @case.Path), prompt);
        }
        return homes;
    }

    /// <summary>Returns when each server sees that none generates anything.</summary>
    public Task Rest() =>
        Task.WhenAll(Servers.Select(server => Cluster.WaitFor(server, silos => silos.All(silo => Running(silo) == 0))));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers) await server.DisposeAsync();
        _client?.Dispose();
    }

    async Task Connect()
    {
        _client?.Dispose();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders(); // it is left alone with servers that are killed
        var gateways = Servers.Select(server => IPEndPoint.Parse(Gateway().Match(server.Notice).Groups[1].Value)).ToArray();
        builder.UseOrleansClient(client => client
            .UseStaticClustering(gateways)
            .Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = "orleansinfer"));
        _client = builder.Build();
        await _client.StartAsync();
    }

    [GeneratedRegex("gateway (\\S+)")]
    private static partial Regex Gateway();

    async Task Start(int i) => _servers[i] = await RunningServer.Start(model, store, more);

    async Task<RunningServer> HomeOf(string request, string path)
    {
        await Rest();
        var server = Servers[0];
        using var stream = await EventReader.Post(server.Http, path, request);
        var id = Transcript.IdOf([(await stream.Next())!]);
        var busy = (await Cluster.WaitFor(server, silos => silos.Any(silo => Running(silo) > 0))).First(silo => Running(silo) > 0);
        using var deleted = await server.Http.DeleteAsync($"{path}/{id}");
        return Servers.First(other => other.Pid == Cluster.PidOf(busy));
    }

    /// <summary>Sequences that a silo generates.</summary>
    public static int Running(System.Text.Json.JsonElement silo) => silo.GetProperty("running").GetInt32();
}
