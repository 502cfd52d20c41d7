using System.Text.Json;
using OrleansInfer.TestServers;

namespace OrleansInfer.Server.Tests;

/// <summary>Two servers on a store that machines can share; the store goes away for a while, and one of the two is killed.</summary>
public sealed class StoreTests : IDisposable
{
    const string Path = "/v1/chat/completions";

    const int Streams = 12;

    static readonly TimeSpan Outage = TimeSpan.FromSeconds(11);

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Servers_on_postgres_outlast_its_crash_and_one_of_them_the_other()
    {
        await using var own = new PostgresServer();
        var store = $"postgres:{(await own.NewSchema()).ConnectionString}";
        var (one, two) = await StartTwo(store);
        await using var first = one;
        await using var second = two;
        foreach (var server in (RunningServer[])[one, two])
        {
            Assert.Contains($"store     PostgreSQL, 127.0.0.1:{own.Port}/postgres\n", server.Notice);
            Assert.DoesNotContain(PostgresServer.Password, server.Notice);
            await Cluster.WaitFor(server, silos: 2);
        }
        var expected = await Whole(one);

        using (var streams = await Running(one))
        {
            var seen = await streams.Some();
            await own.Crash();
            var rest = streams.Rest();
            await Task.Delay(Outage);
            Assert.False(rest.IsCompleted);
            await own.Start();
            Assert.Equal(expected, Together(seen, await rest));
        }
        foreach (var server in (RunningServer[])[one, two]) await Cluster.WaitFor(server, silos: 2); // neither has given up the other

        await GoesOnWithout(two, one, expected);
    }

    [Fact]
    public async Task Servers_on_redis_outlast_its_crash_and_one_of_them_the_other()
    {
        await using var redis = new RedisServer();
        await redis.Start();
        var (one, two) = await StartTwo($"redis:{redis.Connection}", "--journal", $"sqlite:{_folder.File("journal.db")}");
        await using var first = one;
        await using var second = two;
        foreach (var server in (RunningServer[])[one, two])
        {
            Assert.Contains($"store     Redis, 127.0.0.1:{redis.Port}\n", server.Notice);
            Assert.Contains($"journal   {_folder.File("journal.db")}\n", server.Notice);
            await Cluster.WaitFor(server, silos: 2);
        }
        var expected = await Whole(one);

        await redis.Crash();
        Assert.Equal(expected, await Whole(one)); // it is asked for nothing that a token needs
        await redis.Start();
        await GoesOnWithout(two, one, expected);
    }

    /// <summary>Kills a server while both generate; what is read through the other is what it would be.</summary>
    static async Task GoesOnWithout(RunningServer killed, RunningServer other, List<List<string>> expected)
    {
        using var streams = await Running(other);
        var seen = await streams.Some();
        await Cluster.WaitFor(other, silos => silos.Any(silo => Cluster.PidOf(silo) == killed.Pid && RunningOn(silo) > 0));
        await killed.Kill();
        Assert.Equal(expected, Together(seen, await streams.Rest()));
        await Cluster.WaitFor(other, silos: 1);
    }

    async Task<(RunningServer One, RunningServer Two)> StartTwo(string store, params string[] more)
    {
        var model = TinyModel.Write(_folder.File("tiny"));
        var servers = await Task.WhenAll(
            from _ in Enumerable.Range(0, 2)
            select RunningServer.Start(model, store, ["--dtype", "float32", "--kv-cache-mib", "64", .. more]));
        return (servers[0], servers[1]);
    }

    static int RunningOn(JsonElement silo) => silo.GetProperty("running").GetInt32();

    static async Task<List<List<string>>> Whole(RunningServer server)
    {
        using var streams = await Running(server);
        return Together([.. Enumerable.Repeat(new List<string>(), Streams)], await streams.Rest());
    }

    static List<List<string>> Together(List<string>[] seen, List<string>[] rest) =>
        [.. seen.Zip(rest, (some, more) => Transcript.Payloads([.. some, .. more]))];

    static async Task<EventReaders> Running(RunningServer server) => new(await Task.WhenAll(
        from i in Enumerable.Range(0, Streams)
        select EventReader.Post(server.Http, Path, Chat.Asking($"{i} times: tell me.", ",\"max_tokens\":1200,\"stream\":true,\"seed\":7")
            .Replace("\"temperature\":0", i % 2 == 0 ? "\"temperature\":0" : "\"temperature\":0.9"))));

    /// <summary>Streams that run at the same time.</summary>
    sealed class EventReaders(EventReader[] readers) : IDisposable
    {
        public Task<List<string>[]> Some() => Task.WhenAll(readers.Select(async (reader, i) =>
        {
            var seen = new List<string>();
            for (var left = 5 + 3 * i; left > 0; left--) seen.Add((await reader.Next())!);
            return seen;
        }));

        public Task<List<string>[]> Rest() => Task.WhenAll(readers.Select(reader => reader.Rest()));

        public void Dispose()
        {
            foreach (var reader in readers) reader.Dispose();
        }
    }
}
