using System.Text.Json;

namespace OrleansInfer.Server.Tests;

[Collection(nameof(TinyServer))]
public sealed class LifetimeTests(TinyServer server)
{
    const string Path = "/v1/chat/completions";

    const string Long = ",\"max_tokens\":1900,\"stream\":true";

    [Fact]
    public async Task A_reader_who_leaves_frees_the_blocks_and_finds_the_same_tokens_when_it_returns()
    {
        var request = Chat.Asking("leave me", Long);
        List<string> uninterrupted;
        using (var whole = await EventReader.Post(server.Http, Path, request)) uninterrupted = await whole.Rest();

        var seen = new List<string>();
        string id, last;
        using (var stream = await EventReader.Post(server.Http, Path, request))
        {
            for (var i = 0; i < 20; i++) seen.Add((await stream.Next())!);
            id = EventReader.Data(seen[0]).GetProperty("id").GetString()!;
            last = stream.LastId!;
        }
        await WaitUntilIdle();
        using var resumed = await EventReader.Resume(server.Http, $"{Path}/{id}", last);
        seen.AddRange(await resumed.Rest());
        Assert.Equal(EventReader.Text(uninterrupted), EventReader.Text(seen));
        Assert.Equal(uninterrupted.Count, seen.Count);
    }

    [Fact]
    public async Task A_caller_of_a_whole_answer_who_leaves_frees_the_blocks()
    {
        using var leave = new CancellationTokenSource();
        // One answer of the tiny model may be over between two load reports, which are 100 ms apart.
        var post = server.Http.PostAsync(Path, Chat.Body(Chat.Asking("leave me too", ",\"max_tokens\":1900,\"n\":16")), leave.Token);
        await WaitFor(silo => silo.GetProperty("running").GetInt32() > 0);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => post);
        await WaitUntilIdle();
    }

    [Fact]
    public async Task A_finished_answer_can_be_read_again_until_it_is_deleted()
    {
        using var stream = await EventReader.Post(server.Http, Path, Chat.Asking(
            "again", ",\"max_tokens\":20,\"stream\":true,\"n\":2,\"stream_options\":{\"include_usage\":true}"));
        var first = await stream.Rest();
        var id = EventReader.Data(first[0]).GetProperty("id").GetString();
        using (var again = await EventReader.Resume(server.Http, $"{Path}/{id}", null)) Assert.Equal(first, await again.Rest());
        using (var end = await EventReader.Resume(server.Http, $"{Path}/{id}", stream.LastId)) 
            Assert.Equal(["data: [DONE]\n\n"], await end.Rest());
        using var deleted = await server.Http.DeleteAsync($"{Path}/{id}", TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(await deleted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.True(json.RootElement.GetProperty("deleted").GetBoolean());
        await Chat.Get(server.Http, $"{Path}/{id}/events", 404);
    }

    Task WaitUntilIdle() => WaitFor(silo => silo.GetProperty("running").GetInt32() == 0 && silo.GetProperty("waiting").GetInt32() == 0
        && silo.GetProperty("freeBlocks").GetInt32()
            + silo.GetProperty("cachedBlocks").GetInt32() == silo.GetProperty("totalBlocks").GetInt32());

    async Task WaitFor(Func<JsonElement, bool> condition)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition((await Chat.Get(server.Http, "/admin/cluster")).GetProperty("silos")[0]))
            timeout.Token.ThrowIfCancellationRequested();
    }
}
