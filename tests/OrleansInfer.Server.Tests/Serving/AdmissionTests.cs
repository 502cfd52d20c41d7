using System.Net;
using System.Net.Http.Headers;

namespace OrleansInfer.Server.Tests;

public sealed class AdmissionTests
{
    const string Path = "/v1/chat/completions";

    [Fact]
    public async Task A_full_queue_is_429_with_a_time_to_come_back()
    {
        using var folder = new TempFolder();
        await using var server = await RunningServer.Start(
            TinyModel.Write(folder.File("tiny")), folder.File("data"), "--max-num-seqs", "1", "--max-num-waiting", "1");
        var requests = Enumerable.Range(0, 8).Select(i => server.Http.PostAsync(
            Path, Chat.Body(Chat.Asking($"{i}", ",\"max_tokens\":200")), TestContext.Current.CancellationToken));
        var responses = await Task.WhenAll(requests);
        var refused = responses.Where(response => response.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, response => Assert.True(response.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1)));
        Assert.Contains(responses, response => response.StatusCode == HttpStatusCode.OK);
        Assert.Equal(8, responses.Count(response => response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.OK));
        // What no wait can help is not 429.
        foreach (var body in (string[])["""{"prompt":"a","n":2}""", """{"prompt":["a","b"]}"""])
            await Chat.Post(server.Http, "/v1/completions", body, 400);
    }

    [Fact]
    public async Task Keys_are_asked_for_where_there_are_some()
    {
        using var folder = new TempFolder();
        await using var server = await RunningServer.Start(
            TinyModel.Write(folder.File("tiny")), folder.File("data"), "--api-key", "key-1", "--api-key", "key-2");
        await Chat.Get(server.Http, "/v1/models", 401);
        await Chat.Get(server.Http, "/admin/cluster", 401);
        Assert.True((await server.Http.GetAsync("/health", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "key-3");
        await Chat.Get(server.Http, "/v1/models", 401);
        server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "key-2");
        await Chat.Get(server.Http, "/v1/models");
    }
}
