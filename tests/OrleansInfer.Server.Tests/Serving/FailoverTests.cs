using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>Two servers on one store, and one of them is killed in the middle of streams.</summary>
public sealed class FailoverTests : IAsyncLifetime
{
    const string Path = "/v1/chat/completions";

    const string Long = ",\"max_tokens\":1900,\"stream\":true,\"stream_options\":{\"include_usage\":true}";

    const string Sampled = Long + ",\"seed\":42,\"presence_penalty\":0.5,\"frequency_penalty\":0.3,\"repetition_penalty\":1.1,"
        + "\"top_k\":40,\"logprobs\":true";

    readonly TempFolder _folder = new();
    readonly Random _random;
    RunningServer _one = null!, _two = null!;
    int _prompts;

    public FailoverTests()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        _random = new(seed);
    }

    public async ValueTask InitializeAsync()
    {
        var (model, store) = (TinyModel.Write(_folder.File("tiny")), $"sqlite:{_folder.File("cluster.db")}");
        string[] more = ["--dtype", "float32", "--kv-cache-mib", "64"];
        var servers = await Task.WhenAll(RunningServer.Start(model, store, more), RunningServer.Start(model, store, more));
        (_one, _two) = (servers[0], servers[1]);
        foreach (var server in servers) await Cluster.WaitFor(server, silos: 2);
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Streams_go_on_by_themselves_when_the_server_that_generates_them_is_killed()
    {
        string[] requests = [await RequestFor(_two, Long), Warm(await RequestFor(_two, Sampled))];
        var expected = await Task.WhenAll(requests.Select(Whole));
        using var greedy = await Start(requests[0]);
        using var sampled = await Start(requests[1]);
        var seen = await Task.WhenAll(Some(greedy), Some(sampled));

        await _two.Kill();

        var rest = await Task.WhenAll(greedy.Rest(), sampled.Rest());
        for (var i = 0; i < 2; i++)
            Assert.Equal(Transcript.Payloads(expected[i]), Transcript.Payloads([.. seen[i], .. rest[i]]));
        // It computed both anew: what it had cached before is a few short answers.
        await Cluster.WaitFor(_one, silos => silos.Count == 1 && CachedOn(_one, silos) > 150);
    }

    [Fact]
    public async Task A_reader_whose_server_is_killed_resumes_at_another()
    {
        // The greedy one dies with its reader's server, the other lives on.
        string[] requests = [await RequestFor(_one, Long), Warm(await RequestFor(_two, Sampled))];
        var expected = await Task.WhenAll(requests.Select(Whole));
        using var greedy = await Start(requests[0]);
        using var sampled = await Start(requests[1]);
        var seen = await Task.WhenAll(Some(greedy), Some(sampled));

        await _one.Kill();

        for (var i = 0; i < 2; i++)
        {
            var last = (i == 0 ? greedy : sampled).LastId;
            using var resumed = await EventReader.Resume(_two.Http, $"{Path}/{Transcript.IdOf(seen[i])}", last);
            Assert.Equal(Transcript.Payloads(expected[i]), Transcript.Payloads([.. seen[i], .. await resumed.Rest()]));
        }
    }

    /// <summary>
    /// A request that is placed on this server wherever it is made: while there is room everywhere, how a prompt begins decides, and the
    /// blocks that stay cached show where that is.
    /// </summary>
    async Task<string> RequestFor(RunningServer server, string fields)
    {
        while (true)
        {
            var before = await Cluster.WaitFor(_one, silos => silos.Count == 2);
            var prompt = $"{_prompts++} times: tell me.";
            await Chat.Post(_one.Http, Path, Chat.Asking(prompt, ",\"max_tokens\":20"));
            var after = await Cluster.WaitFor(_one, silos => Cached(silos) > Cached(before));
            if (CachedOn(server, after) > CachedOn(server, before)) return Chat.Asking(prompt, fields);
        }
    }

    static int Cached(IEnumerable<JsonElement> silos) => silos.Sum(silo => silo.GetProperty("cachedBlocks").GetInt32());

    static int CachedOn(RunningServer server, IEnumerable<JsonElement> silos) =>
        Cached(silos.Where(silo => Cluster.PidOf(silo) == server.Pid));

    Task<EventReader> Start(string request) => EventReader.Post(_one.Http, Path, request);

    static string Warm(string request) => request.Replace("\"temperature\":0", "\"temperature\":0.9");

    async Task<List<string>> Whole(string request)
    {
        using var stream = await EventReader.Post(_one.Http, Path, request);
        return await stream.Rest();
    }

    async Task<List<string>> Some(EventReader stream)
    {
        var seen = new List<string>();
        for (var left = _random.Next(5, 400); left > 0; left--) seen.Add((await stream.Next())!);
        return seen;
    }
}
