using System.Text.Json;

namespace OrleansInfer.Server.Tests;

public sealed class ResponseRecoveryTests
{
    const string Path = "/v1/responses";

    [Fact]
    public async Task Responses_survive_a_kill_and_are_kept_for_as_long_as_was_said()
    {
        using var folder = new TempFolder();
        var model = TinyModel.Write(folder.File("tiny"));
        var (stream, background) = (Asking("Tell me.", ",\"stream\":true"), Asking("Tell me more.", ",\"background\":true"));
        var seen = new List<string>();
        JsonElement first, unanswered;
        string uninterrupted;
        await using (var server = await RunningServer.Start(model, folder.File("data"), "--dtype", "float32"))
        {
            uninterrupted = Text((await Chat.Post(server.Http, Path, Asking("Tell me.", ""))));
            first = await Chat.Post(server.Http, Path, Asking("one", ""));
            unanswered = await Chat.Post(server.Http, Path, background);
            using var reader = await EventReader.Post(server.Http, Path, stream);
            while (seen.Count < 30) seen.Add((await reader.Next())!);
            await server.Kill();
        }
        await using var again = await RunningServer.Start(model, folder.File("data"), "--dtype", "float32", "--retention", "1s");
        var id = IdOf(EventReader.Data(seen[0]).GetProperty("response"));
        using (var resumed = await EventReader.Get(again.Http, $"{Path}/{id}?stream=true&starting_after=29"))
            seen.AddRange(await resumed.Rest());
        using (var whole = await EventReader.Get(again.Http, $"{Path}/{id}?stream=true")) Assert.Equal(await whole.Rest(), seen);
        Assert.Equal(uninterrupted, Text(EventReader.Data(seen[^1]).GetProperty("response")));
        await WaitFor(again, IdOf(unanswered), response => response.GetProperty("status").GetString() is "completed" or "incomplete");
        var second = await Chat.Post(again.Http, Path, Asking("two", $",\"previous_response_id\":\"{IdOf(first)}\""));
        Assert.Equal(IdOf(first)[..37], IdOf(second)[..37]);
        await IsForgotten(again, Asking("gone", ",\"store\":false,\"stream\":true"));
        await Chat.Get(again.Http, $"{Path}/{IdOf(second)}");
    }

    static async Task IsForgotten(RunningServer server, string request)
    {
        using var stream = await EventReader.Post(server.Http, Path, request);
        var id = IdOf(EventReader.Data((await stream.Rest())[0]).GetProperty("response"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await server.Http.GetAsync($"{Path}/{id}?stream=true", patience.Token)).IsSuccessStatusCode)
            await Task.Delay(50, patience.Token);
    }

    static async Task WaitFor(RunningServer server, string id, Predicate<JsonElement> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition(await Chat.Get(server.Http, $"{Path}/{id}"))) await Task.Delay(20, patience.Token);
    }

    static string Asking(string text, string fields) =>
        $$"""{"input":"{{text}}","temperature":0.8,"seed":3,"presence_penalty":0.5,"max_output_tokens":400,"ignore_eos":true{{fields}}}""";

    static string IdOf(JsonElement response) => response.GetProperty("id").GetString()!;

    static string Text(JsonElement response) =>
        response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString()!;
}
