using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>Two servers on one store, and one of them is killed while conversations on it are changed through the other.</summary>
public sealed class ConversationFailoverTests
{
    const string Path = "/v1/conversations";

    const int Conversations = 12, Rounds = 12;

    static readonly IEnumerable<int> s_rounds = Enumerable.Range(0, Rounds);

    [Fact]
    public async Task What_is_changed_while_a_server_is_killed_is_changed_once()
    {
        using var folder = new TempFolder();
        var (model, store) = (TinyModel.Write(folder.File("tiny")), $"sqlite:{folder.File("cluster.db")}");
        await using var one = await RunningServer.Start(model, store, "--kv-cache-mib", "64");
        await using var two = await RunningServer.Start(model, store, "--kv-cache-mib", "64");
        await Cluster.WaitFor(one, silos: 2);
        var rounds = 0;

        var ids = await Task.WhenAll(Enumerable.Range(0, Conversations).Select(_ => Task.Run(Work)));

        foreach (var id in ids)
        {
            var items = (await Chat.Get(one.Http, $"{Path}/{id}/items?limit=100&order=asc")).GetProperty("data").EnumerateArray();
            var texts = items.Select(item => item.GetProperty("content")[0].GetProperty("text").GetString());
            Assert.Equal(s_rounds.Select(i => $"kept {i}"), texts);
            var conversation = await Chat.Get(one.Http, $"{Path}/{id}");
            Assert.Equal($"{Rounds - 1}", conversation.GetProperty("metadata").GetProperty("round").GetString());
        }

        async Task<string> Work()
        {
            var id = IdOf(await Chat.Post(one.Http, Path, "{}"));
            foreach (var i in s_rounds)
            {
                if (Interlocked.Increment(ref rounds) == Conversations * Rounds / 3) await two.Kill();
                await Chat.Post(one.Http, $"{Path}/{id}/items", Item($"kept {i}"));
                var extra = await Chat.Post(one.Http, $"{Path}/{id}/items", Item($"deleted {i}"));
                var item = $"{Path}/{id}/items/{IdOf(extra.GetProperty("data")[0])}";
                using var deleted = await one.Http.DeleteAsync(item, TestContext.Current.CancellationToken);
                deleted.EnsureSuccessStatusCode();
                await Chat.Post(one.Http, $"{Path}/{id}", $$$"""{"metadata":{"round":"{{{i}}}"}}""");
            }
            return id;
        }
    }

    static string IdOf(JsonElement element) => element.GetProperty("id").GetString()!;

    static string Item(string text) => $$"""{"items":[{"role":"user","content":"{{text}}"}]}""";
}
