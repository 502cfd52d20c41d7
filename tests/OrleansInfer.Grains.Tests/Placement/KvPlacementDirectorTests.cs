using System.Net;
using Microsoft.Extensions.Time.Testing;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains.Tests;

public sealed class KvPlacementDirectorTests
{
    static readonly SiloAddress A = Silo(1), B = Silo(2), C = Silo(3);

    readonly FakeTimeProvider _clock = new();
    readonly KvLoadTable _table;
    readonly KvPlacementDirector _director;

    public KvPlacementDirectorTests()
    {
        _table = new(_clock);
        _director = new(_table, new Random(1));
    }

    [Fact]
    public void Chooses_the_silo_with_room()
    {
        Report(A, free: 5);
        Report(B, free: 90);
        Report(C, free: 30);
        Assert.All(Choices(20), silo => Assert.Equal(B, silo));
    }

    [Fact]
    public void Cached_blocks_are_room_too()
    {
        Report(A, free: 20);
        Report(B, free: 0, cached: 90);
        Assert.All(Choices(20), silo => Assert.Equal(B, silo));
    }

    [Fact]
    public void Waiting_requests_count_against_a_silo()
    {
        Report(A, free: 100, waiting: 10);
        Report(B, free: 70);
        Assert.All(Choices(20), silo => Assert.Equal(B, silo));
    }

    [Fact]
    public void Near_equals_share_and_the_better_gets_more()
    {
        Report(A, free: 50);
        Report(B, free: 45);
        var toA = Choices(1_000).Count(silo => silo.Equals(A));
        Assert.InRange(toA, 650, 850); // the better of two draws: three quarters
    }

    [Fact]
    public void What_was_placed_since_the_last_report_counts_until_the_next()
    {
        Report(A, free: 80);
        Report(B, free: 60);
        for (var i = 0; i < 16; i++) _table.Reserve(A); // half of the cache: each counts twice, because two silos place
        Assert.All(Choices(20), silo => Assert.Equal(B, silo));
        Report(A, free: 80, version: 2);
        Assert.All(Choices(20), silo => Assert.Equal(A, silo));
    }

    [Fact]
    public void A_prefix_goes_to_the_same_silo_while_it_has_room()
    {
        foreach (var silo in (SiloAddress[])[A, B, C]) Report(silo, free: 50);
        var home = Choices(20, 42).Distinct().Single();
        Assert.True(Enumerable.Range(0, 50).Select(i => _director.Choose([A, B, C], [(uint)i])).Distinct().Count() == 3);

        Report(home, free: 5, version: 2);
        Assert.DoesNotContain(home, Choices(20, 42));
    }

    [Fact]
    public void A_silo_that_reports_a_prefix_gets_it_until_it_dies()
    {
        foreach (var silo in (SiloAddress[])[A, B, C]) Report(silo, free: 50);
        _table.Update(new SiloPrefixes { Silo = B, Version = 2, Keys = [7, 9] });
        _table.Update(new SiloPrefixes { Silo = B, Version = 1, Keys = [] }); // overtaken
        Assert.All(Choices(20, 7, 9), silo => Assert.Equal(B, silo));
        _table.SiloStatusChangeNotification(B, SiloStatus.Dead);
        Assert.DoesNotContain(B, Choices(20, 7, 9));
    }

    [Fact]
    public void A_conversation_comes_back_to_what_it_left_and_goes_by_load_where_nothing_is_left()
    {
        foreach (var (silo, free) in (ReadOnlySpan<(SiloAddress, int)>)[(A, 60), (B, 30), (C, 20)]) Report(silo, free);
        Assert.Equal(A, _director.PlaceAgain([A, B, C], "default/x"));
        _table.Update(new SiloPrefixes { Silo = C, Version = 1, Keys = [PromptPrefix.KeyOf("default/x")] });
        Assert.Equal(C, _director.PlaceAgain([A, B, C], "default/x"));
        Assert.Equal(A, _director.PlaceAgain([A, B, C], "default/y"));
        Assert.Equal(A, _director.PlaceAgain([A, B], "default/x"));
    }

    [Fact]
    public void An_old_report_is_the_second_choice_and_a_silo_without_one_the_last()
    {
        Report(A, free: 90);
        _clock.Advance(KvLoadTable.Stale + TimeSpan.FromMilliseconds(1));
        Report(B, free: 10);
        Assert.All(Choices(20), silo => Assert.Equal(B, silo));
        Report(B, free: 10, version: 2, accepting: false);
        Assert.All(Choices(20), silo => Assert.Equal(A, silo));
        Report(A, free: 90, version: 2, accepting: false);
        Assert.All(Choices(20), silo => Assert.Equal(C, silo));
    }

    [Fact]
    public void When_all_shut_down_the_caller_is_told_to_come_back()
    {
        foreach (var silo in (SiloAddress[])[A, B, C]) Report(silo, free: 50, accepting: false);
        var refusal = Assert.Throws<InferenceException>(() => Choices(1));
        Assert.Equal(InferenceError.Unavailable, refusal.Error);
        Assert.NotNull(refusal.RetryAfter);
    }

    [Fact]
    public void A_report_that_was_overtaken_changes_nothing_and_a_dead_silo_is_forgotten()
    {
        Report(A, free: 10, version: 5);
        Report(A, free: 90, version: 4);
        Assert.Equal(10, new ClusterLoad(_table, null!).Silos.Single().FreeBlocks);
        _table.SiloStatusChangeNotification(A, SiloStatus.Dead);
        Report(A, free: 10, version: 6); // was under way when it died
        Assert.Empty(new ClusterLoad(_table, null!).Silos);
    }

    List<SiloAddress> Choices(int count, params uint[] prefix) =>
        [.. Enumerable.Range(0, count).Select(_ => _director.Choose([A, B, C], prefix))];

    void Report(SiloAddress silo, int free, int cached = 0, int waiting = 0, long version = 1, bool accepting = true) =>
        _table.Update(new SiloLoad
        {
            Silo = silo,
            Version = version,
            Pid = 1,
            Device = "cpu",
            Model = "tiny",
            SystemFingerprint = "fp",
            TotalBlocks = 100,
            FreeBlocks = free,
            CachedBlocks = cached,
            Running = 0,
            Waiting = waiting,
            Accepting = accepting,
        });

    static SiloAddress Silo(int port) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), 1);
}
