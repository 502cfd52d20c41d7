using System.Net;

namespace OrleansInfer.Server.Tests;

/// <summary>Servers of a cluster that are told to leave while they generate and have readers.</summary>
public sealed class DrainTests : IDisposable
{
    const string Path = "/v1/chat/completions";

    const string Greedy = ",\"max_tokens\":1900,\"stream\":true,\"stream_options\":{\"include_usage\":true}";

    const string Sampled = Greedy + ",\"seed\":42,\"presence_penalty\":0.5,\"frequency_penalty\":0.3,\"top_k\":40,\"logprobs\":true";

    readonly TempFolder _folder = new();
    readonly string _model, _store;

    public DrainTests() => (_model, _store) = (TinyModel.Write(_folder.File("tiny")), $"sqlite:{_folder.File("cluster.db")}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_server_that_leaves_hands_its_streams_over_and_feeds_its_readers_to_the_end()
    {
        await using var leaving = await Start();
        await using var other = await Start();
        foreach (var server in (RunningServer[])[leaving, other]) await Cluster.WaitFor(server, silos: 2);
        string[] requests = [.. from i in Enumerable.Range(0, 8) select Request(i)];
        var expected = await Task.WhenAll(requests.Select(request => All(other, request)));
        var streams = await Task.WhenAll(requests.Select(request => EventReader.Post(leaving.Http, Path, request)));
        var seen = await Task.WhenAll(streams.Select(Some));

        var stopped = leaving.Stop();

        var rest = streams.Select(stream => stream.Rest()).ToArray();
        await Refuses(leaving);
        await Cluster.WaitFor(other, silos => silos.All(silo => Cluster.PidOf(silo) == other.Pid || Running(silo) == 0));
        for (var i = 0; i < requests.Length; i++)
            Assert.Equal(Transcript.Payloads(expected[i]), Transcript.Payloads([.. seen[i], .. await rest[i]]));
        Assert.Equal(0, await stopped);
        foreach (var stream in streams) stream.Dispose();
    }

    [Fact]
    public async Task Servers_that_are_restarted_one_after_the_other_under_load_lose_nothing()
    {
        var servers = await Task.WhenAll(Start(), Start(), Start());
        try
        {
            foreach (var server in servers) await Cluster.WaitFor(server, silos: 3);
            string[] requests = [.. from i in Enumerable.Range(0, 4) select Request(i)];
            var expected = await Task.WhenAll(requests.Select(request => All(servers[0], request)));
            using var over = new CancellationTokenSource();
            var load = new ConstantLoad(Path, requests, server => servers[server % servers.Length]);
            var readers = requests.Select((_, i) => load.Run(i, over.Token)).ToArray();
            for (var i = 0; i < servers.Length; i++)
            {
                await using var leaving = servers[i];
                Assert.Equal(0, await leaving.Stop());
                servers[i] = await Start();
                foreach (var server in servers) await Cluster.WaitFor(server, silos: 3);
            }
            await over.CancelAsync();
            await Task.WhenAll(readers);
            foreach (var (request, events) in load.Answers)
                Assert.Equal(Transcript.Payloads(expected[request]), Transcript.Payloads(events));
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{load.Answers.Count} answers, {load.Resumed} resumed, longest gap {load.LongestGap}");
            Assert.True(load.Answers.Count >= requests.Length);
            Assert.InRange(load.LongestGap, TimeSpan.Zero, TimeSpan.FromSeconds(10)); // below 1 s on a machine that has time
        }
        finally
        {
            foreach (var server in servers) await server.DisposeAsync();
        }
    }

    /// <summary>New requests are sent away, on connections that are not used again, while its readers are fed.</summary>
    static async Task Refuses(RunningServer server)
    {
        HttpStatusCode status;
        do
        {
            using var response = await server.Http.GetAsync("/v1/models", TestContext.Current.CancellationToken);
            status = response.StatusCode;
            Assert.Equal(status != HttpStatusCode.OK, response.Headers.ConnectionClose == true);
            Assert.Equal(status != HttpStatusCode.OK, response.Headers.RetryAfter is not null);
        }
        while (status == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        using var health = await server.Http.GetAsync("/health", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
    }

    static int Running(System.Text.Json.JsonElement silo) => silo.GetProperty("running").GetInt32();

    Task<RunningServer> Start(params string[] more) =>
        RunningServer.Start(_model, _store, ["--dtype", "float32", "--kv-cache-mib", "64", .. more]);

    static string Request(int i) => i % 2 == 0
        ? Chat.Asking($"{i} times: tell me.", Greedy)
        : Chat.Asking($"{i} times: tell me.", Sampled).Replace("\"temperature\":0", "\"temperature\":0.9");

    static async Task<List<string>> All(RunningServer server, string request)
    {
        using var stream = await EventReader.Post(server.Http, Path, request);
        return await stream.Rest();
    }

    static async Task<List<string>> Some(EventReader stream)
    {
        var seen = new List<string>();
        while (seen.Count < 50) seen.Add((await stream.Next())!);
        return seen;
    }
}
