using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OrleansInfer.Server.Tests;

/// <summary>
/// Programs of other people that know the gateways of two servers, one of which is killed: the one that generates what they read, or the
/// other.
/// </summary>
public sealed class SubscriberTests : IAsyncLifetime
{
    const string Path = "/v1/chat/completions";

    const int Choices = 8; // so many that the turn is in its midst when the kill comes

    readonly TempFolder _folder = new();
    RunningServer[] _servers = [];

    public async ValueTask InitializeAsync()
    {
        var (model, store) = (TinyModel.Write(_folder.File("tiny")), $"sqlite:{_folder.File("cluster.db")}");
        string[] more = ["--dtype", "float32", "--kv-cache-mib", "64"];
        _servers = await Task.WhenAll(RunningServer.Start(model, store, more), RunningServer.Start(model, store, more));
        foreach (var server in _servers) await Cluster.WaitFor(server, silos: 2);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_subscriber_and_a_chat_client_see_each_token_once_through_a_kill(bool generates)
    {
        var gateways = string.Join(',', _servers.Select(GatewayOf));
        using var posted = await EventReader.Post(_servers[0].Http, Path,
            Chat.Asking("Tell me.", $",\"stream\":true,\"ignore_eos\":true,\"max_tokens\":1900,\"seed\":7,\"n\":{Choices}"));
        var id = EventReader.Data((await posted.Next())!).GetProperty("id").GetString()!;
        using var follower = new ClientProcess(gateways, "follow", $"default/{id}");
        using var chat = new ClientProcess(gateways, "chat", "Tell me more.", "c");
        var seen = new List<JsonElement> { (await follower.Next())!.Value };
        var said = new List<JsonElement> { (await chat.Next())!.Value };
        var silos = await Cluster.Silos(_servers[0]);
        var engine = silos.MaxBy(silo => silo.GetProperty("running").GetInt32());
        var victim = _servers.Single(server => server.Pid == Cluster.PidOf(engine) == generates);
        var survivor = _servers.Single(server => server != victim);

        await victim.Kill();
        var killed = Stopwatch.GetTimestamp();

        seen.AddRange(await follower.Rest());
        TestContext.Current.TestOutputHelper!.WriteLine($"followed to the end after {Stopwatch.GetElapsedTime(killed)}");
        said.AddRange(await chat.Rest());
        TestContext.Current.TestOutputHelper!.WriteLine($"chat after {Stopwatch.GetElapsedTime(killed)}");
        Assert.True(seen[^1].GetProperty("ended").GetBoolean());
        Assert.Equal(Enumerable.Range(0, seen.Count - 1), seen.SkipLast(1).Select(line => line.GetProperty("seq").GetInt32()));
        using var replayed = await EventReader.Resume(survivor.Http, $"{Path}/{id}", null);
        var events = await replayed.Rest();
        for (var choice = 0; choice < Choices; choice++)
            Assert.Equal(EventReader.Text(events, choice), ClientProcess.Text(seen, choice));
        using var again = new ClientProcess(GatewayOf(survivor), "follow", "default/c");
        Assert.Equal(ClientProcess.Text(await again.Rest()), ClientProcess.Text(said));
    }

    static string GatewayOf(RunningServer server) => Regex.Match(server.Notice, "gateway \\S+:(\\d+)").Groups[1].Value;
}
