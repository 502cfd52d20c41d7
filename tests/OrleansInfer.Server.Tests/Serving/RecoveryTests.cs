namespace OrleansInfer.Server.Tests;

public sealed class RecoveryTests
{
    const string Path = "/v1/chat/completions";

    const string Greedy = ",\"max_tokens\":1900,\"stream\":true,\"stream_options\":{\"include_usage\":true}";

    const string Sampled = ",\"max_tokens\":1500,\"stream\":true,\"n\":2,\"seed\":42,\"presence_penalty\":0.5,"
        + "\"frequency_penalty\":0.3,\"repetition_penalty\":1.1,\"top_k\":40,\"logprobs\":true";

    [Fact]
    public async Task A_killed_server_goes_on_where_it_was_and_readers_see_each_token_once()
    {
        using var folder = new TempFolder();
        var model = TinyModel.Write(folder.File("tiny"));
        string[] requests = [Chat.Asking("Tell me.", Greedy),
            Chat.Asking("Tell me more.", Sampled).Replace("\"temperature\":0", "\"temperature\":0.9")];
        var random = new Random(1234);
        (List<string> Seen, string Last)[] cut;
        List<string>[] uninterrupted;
        await using (var server = await RunningServer.Start(model, folder.File("data"), "--dtype", "float32"))
        {
            uninterrupted = await Task.WhenAll(requests.Select(request => All(server, request)));
            var streams = await Task.WhenAll(requests.Select(request => EventReader.Post(server.Http, Path, request)));
            cut = await Task.WhenAll(streams.Select(stream => Some(stream, random.Next(5, 60))));
            await server.Kill();
            foreach (var stream in streams) stream.Dispose();
        }
        await using var again = await RunningServer.Start(model, folder.File("data"), "--dtype", "float32");
        await WaitUntilFinished(again); // nobody reads, and they go on
        for (var i = 0; i < requests.Length; i++)
        {
            var (seen, last) = cut[i];
            using var resumed = await EventReader.Resume(again.Http, $"{Path}/{Transcript.IdOf(seen)}", last);
            Assert.Equal(Transcript.Payloads(uninterrupted[i]), Transcript.Payloads([.. seen, .. await resumed.Rest()]));
            using var replayed = await EventReader.Resume(again.Http, $"{Path}/{Transcript.IdOf(seen)}", null);
            Assert.Equal(seen, (await replayed.Rest())[..seen.Count]);
        }
    }

    static async Task<List<string>> All(RunningServer server, string request)
    {
        using var stream = await EventReader.Post(server.Http, Path, request);
        return await stream.Rest();
    }

    static async Task<(List<string> Seen, string Last)> Some(EventReader stream, int count)
    {
        var seen = new List<string>();
        while (seen.Count < count) seen.Add((await stream.Next())!);
        return (seen, stream.LastId!);
    }

    static async Task WaitUntilFinished(RunningServer server)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        int busy, cached;
        do
        {
            timeout.Token.ThrowIfCancellationRequested();
            var silo = (await Chat.Get(server.Http, "/admin/cluster")).GetProperty("silos")[0];
            busy = silo.GetProperty("running").GetInt32() + silo.GetProperty("waiting").GetInt32();
            cached = silo.GetProperty("cachedBlocks").GetInt32(); // there are some once something was computed
        }
        while (busy > 0 || cached == 0);
    }
}
