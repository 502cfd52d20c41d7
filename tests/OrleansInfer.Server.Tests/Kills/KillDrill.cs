using System.Diagnostics;

namespace OrleansInfer.Server.Tests;

/// <summary>
/// Rounds of streams of every kind at once on three servers, one or two of which are ended in their midst, at a random position.
/// </summary>
/// <param name="seed">Of all that is random: the same gives the same victims and positions.</param>
internal sealed class KillDrill(KillCluster cluster, int seed)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    readonly Random _random = new(seed);
    readonly Dictionary<string, Task<(string Body, List<string> Events)>> _references = [];
    int _rounds;

    public async Task<KillRound> Round(KillWay way, IReadOnlyList<KillCase> cases)
    {
        await cluster.Complete();
        var servers = cluster.Servers.OrderBy(_ => _random.Next()).ToList();
        var homes = new Dictionary<bool, Dictionary<RunningServer, string>>(); // the endpoints place by keys of their own
        foreach (var @case in cases.DistinctBy(@case => @case.IsChat)) homes.Add(@case.IsChat, await cluster.Homes(@case));
        var seats = Seats(servers, cases).ToList();
        var references = await Task.WhenAll(seats.Select(seat => Reference(seat.Case, homes[seat.Case.IsChat][seat.Engine], servers[0])));
        await cluster.Rest();
        var streams = seats.Zip(references, (seat, reference) =>
            new KilledStream(seat.Case, seat.Reader, reference.Body, reference.Events)).ToList();
        _rounds++;
        return await Run(way, streams, servers);
    }

    /// <summary>
    /// Each case three times, each server with one: mostly that is where it is placed, but a server with too many passes some on.
    /// </summary>
    IEnumerable<(KillCase Case, RunningServer Engine, RunningServer Reader)> Seats(
        List<RunningServer> servers, IReadOnlyList<KillCase> cases)
    {
        foreach (var (i, @case) in cases.Index())
        {
            yield return (@case, servers[0], servers[(i + _rounds) % 2 == 0 ? 0 : 1 + i / 2 % 2]);
            yield return (@case, servers[1], servers[0]);
            yield return (@case, servers[2], servers[1 + i % 2]);
        }
    }

    /// <param name="servers">The first will be killed.</param>
    async Task<KillRound> Run(KillWay way, IReadOnlyList<KilledStream> streams, List<RunningServer> servers)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await Run(way, streams, servers, patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            var (logs, silos) = (servers.Select(server => server.Log), await Cluster.Silos(cluster.Servers[0]));
            throw new TimeoutException(
                $"{way}, read so far: {string.Join("; ", streams)}\n{string.Join('\n', silos)}\n{string.Concat(logs)}");
        }
    }

    async Task<KillRound> Run(
        KillWay way, IReadOnlyList<KilledStream> streams, List<RunningServer> servers, CancellationToken patience)
    {
        var all = Task.WhenAll(streams.Select(stream => stream.Read(Alive, patience)));
        var position = _random.Next(1, KillCase.MaxTokens * 3 / 10); // of the fastest
        var pause = TimeSpan.FromMilliseconds(_random.Next(500));
        while (!all.IsCompleted && (streams.Max(stream => stream.Progress) < position || streams.Any(stream => stream.Progress == 0)))
            await Task.Delay(1, patience);
        await Task.WhenAll(streams.Select(async stream =>
            stream.Role = RoleOf(servers[0], await cluster.EngineOf(stream), stream.Reader)));

        var killed = Stopwatch.GetTimestamp();
        var ended = cluster.End(servers[0], kill: way != KillWay.Stop);
        if (way == KillWay.Twice)
        {
            await Task.Delay(pause, patience);
            await cluster.End(servers[1], kill: true);
        }
        await all;
        await ended;
        return new(way, streams, killed);
    }

    static KillRole RoleOf(RunningServer victim, RunningServer engine, RunningServer reader) => (victim == engine, victim == reader) switch
    {
        (true, true) => KillRole.Both,
        (true, false) => KillRole.Engine,
        (false, true) => KillRole.Api,
        _ => KillRole.None,
    };

    RunningServer Alive()
    {
        var alive = cluster.Servers;
        return alive[Random.Shared.Next(alive.Count)]; // in which order readers ask is nothing that could be repeated
    }

    /// <summary>The request, and its answer when nobody is killed; found out once.</summary>
    Task<(string Body, List<string> Events)> Reference(KillCase @case, string home, RunningServer server)
    {
        var key = $"{@case.Name} {home}";
        return _references.TryGetValue(key, out var known) ? known : _references[key] = Find();

        async Task<(string, List<string>)> Find()
        {
            var plain = @case.HasStops ? EventReader.Text((await Reference(@case.WithoutStops(), home, server)).Events) : "";
            var body = @case.Body(home + "Tell me.", plain);
            using var stream = await EventReader.Post(server.Http, @case.Path, body);
            return (body, await stream.Rest());
        }
    }
}
