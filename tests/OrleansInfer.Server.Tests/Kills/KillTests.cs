using System.Globalization;

namespace OrleansInfer.Server.Tests;

/// <summary>
/// Three servers on one store, streams of every kind on all of them, and one is killed in their midst. KILLS_SEED repeats a run; a long one
/// is "kills" of the benchmarks.
/// </summary>
public sealed class KillTests : IAsyncLifetime
{
    static readonly KillRole[] s_roles = [KillRole.Engine, KillRole.Api, KillRole.Both];

    static readonly KillWay[] s_ways = [KillWay.Kill, KillWay.Kill, KillWay.Twice];

    readonly TempFolder _folder = new();
    readonly KillDrill _drill;
    readonly KillCluster _cluster;

    public KillTests()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("KILLS_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given : Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"KILLS_SEED={seed}");
        var model = TinyModel.Write(_folder.File("tiny"));
        _cluster = new(model, $"sqlite:{_folder.File("cluster.db")}", "--dtype", "float32", "--kv-cache-mib", "64");
        _drill = new(_cluster, seed);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Streams_of_all_kinds_are_the_same_whichever_server_is_killed()
    {
        var open = (from @case in KillCase.All from role in s_roles select (@case.Name, role)).ToHashSet();
        foreach (var way in s_ways)
        {
            var round = await _drill.Round(way, KillCase.All);
            var faults = round.Faults().ToList();
            Assert.True(faults.Count == 0, string.Join('\n', faults));
            foreach (var stream in round.Cut) open.Remove((stream.Case.Name, stream.Role));
            TestContext.Current.TestOutputHelper!.WriteLine($"{way}: {round.Cut.Count()} cut; still open: {string.Join(", ", open)}");
        }
        // A full server passes some on, and a stream may be at its end: most kinds are cut in all parts, each in some.
        Assert.All(KillCase.All, @case => Assert.InRange(open.Count(left => left.Name == @case.Name), 0, s_roles.Length - 1));
    }
}
