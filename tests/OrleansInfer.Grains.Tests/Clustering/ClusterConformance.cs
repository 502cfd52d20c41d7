using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Storage;

namespace OrleansInfer.Grains.Tests;

/// <summary>What a cluster keeps beside its journal, whatever lies under it: who is a member, and stream subscriptions.</summary>
public abstract class ClusterConformance : IAsyncLifetime
{
    static readonly GrainId One = GrainId.Create("pubsub", "one");

    static readonly SiloMember Member = new() { ClusterId = "c", ServiceId = "s", Journal = "j", SiloPort = 1, GatewayPort = 2 };

    // Only its fingerprint is asked for.
    static readonly ServedModel s_model = new() { Name = "m", Network = null!, Tokenizer = null!, SystemFingerprint = "print" };

    readonly List<IHost> _hosts = [];

    /// <summary>As a server does it, on the store of this test.</summary>
    protected abstract void Join(ISiloBuilder silo, SiloMember member);

    /// <summary>Makes the tables.</summary>
    protected abstract void Prepare();

    /// <summary>For what begins in a certain stage of a silo's start.</summary>
    static async Task Begin(IGrainStorage storage)
    {
        if (storage is not ILifecycleParticipant<ISiloLifecycle> participant) return;
        var lifecycle = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        participant.Participate(lifecycle);
        await lifecycle.OnStart();
    }

    public virtual ValueTask InitializeAsync() => default;

    public virtual ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) host.Dispose();
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>What another silo has; it does not start.</summary>
    T Get<T>(object? key = null) where T : notnull
    {
        Prepare();
        var host = new HostBuilder().UseOrleans(silo =>
        {
            silo.Services.AddSingleton(s_model);
            Join(silo, Member);
        }).Build();
        _hosts.Add(host);
        return host.Services.GetRequiredKeyedService<T>(key);
    }

    async Task<IGrainStorage> Subscriptions()
    {
        var storage = Get<IGrainStorage>(ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME);
        await Begin(storage);
        return storage;
    }

    async Task<IMembershipTable> Table()
    {
        var table = Get<IMembershipTable>();
        await table.InitializeMembershipTableAsync(true, default);
        return table;
    }

    [Fact]
    public async Task Members_are_read_as_they_were_written()
    {
        var (here, there) = (await Table(), await Table());
        var written = Entry("127.0.0.1", 1, SiloStatus.Joining);
        var version = (await here.ReadAllAsync(default)).Version;
        Assert.True(await here.InsertRowAsync(written, version.Next(), default));
        written.IAmAliveTime = written.IAmAliveTime.AddSeconds(5);
        await here.UpdateIAmAliveAsync(written, default);

        var read = await there.ReadRowAsync(written.SiloAddress, default);

        var entry = Assert.Single(read.Members).Item1;
        Assert.Equal((written.SiloAddress, written.SiloName, written.HostName, written.Status, written.ProxyPort),
            (entry.SiloAddress, entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort));
        Assert.Equal((written.StartTime, written.IAmAliveTime), (entry.StartTime, entry.IAmAliveTime));
        Assert.Equal(version.Version + 1, read.Version.Version);
    }

    [Fact]
    public async Task Of_two_who_saw_the_same_table_one_writes()
    {
        var (here, there) = (await Table(), await Table());
        var seen = (await here.ReadAllAsync(default)).Version.Next();
        var inserted = await Task.WhenAll(
            here.InsertRowAsync(Entry("127.0.0.1", 1), seen, default),
            there.InsertRowAsync(Entry("127.0.0.1", 2), seen, default));
        Assert.Single(inserted, true);

        var all = await here.ReadAllAsync(default);
        var (entry, etag) = Assert.Single(all.Members);
        entry.Status = SiloStatus.Dead;
        Assert.False(await here.UpdateRowAsync(entry, etag, seen, default)); // of the table as it was before
        var updated = await Task.WhenAll(
            here.UpdateRowAsync(entry, etag, all.Version.Next(), default),
            there.UpdateRowAsync(entry, etag, all.Version.Next(), default));
        Assert.Single(updated, true);
        Assert.Equal(SiloStatus.Dead, Assert.Single((await there.ReadAllAsync(default)).Members).Item1.Status);
    }

    [Fact]
    public async Task Members_of_this_machine_whose_port_nobody_listens_on_are_dead_and_the_others_stay()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var table = await Table();
        MembershipEntry[] members =
        [
            Entry("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port), Entry("127.0.0.1", 1), Entry("127.0.0.1", 2),
            Entry("127.0.0.1", 3, host: "elsewhere"), Entry("127.0.0.1", 4, SiloStatus.Joining),
        ];
        foreach (var member in members)
            Assert.True(await table.InsertRowAsync(member, (await table.ReadAllAsync(default)).Version.Next(), default));

        await Task.WhenAll(new AbsentMembers(table).BuryAsync(default), new AbsentMembers(await Table()).BuryAsync(default));

        var all = (await table.ReadAllAsync(default)).Members.ToDictionary(row => row.Item1.SiloAddress, row => row.Item1.Status);
        SiloStatus[] expected = [SiloStatus.Active, SiloStatus.Dead, SiloStatus.Dead, SiloStatus.Active, SiloStatus.Joining];
        Assert.Equal(expected, members.Select(member => all[member.SiloAddress]));
    }

    [Fact]
    public async Task State_that_was_written_is_read_by_another_silo_until_it_is_cleared()
    {
        var (here, there) = (await Subscriptions(), await Subscriptions());
        var written = new GrainState<List<string>>(["a", "b"]);
        await here.WriteStateAsync("subscriptions", One, written);

        var read = await Read(there, One);
        Assert.Equal(["a", "b"], read.State);
        Assert.Equal((true, written.ETag), (read.RecordExists, read.ETag));
        Assert.False((await Read(there, GrainId.Create("pubsub", "two"))).RecordExists);

        await there.ClearStateAsync("subscriptions", One, read);
        Assert.False(read.RecordExists);
        Assert.False((await Read(here, One)).RecordExists);
    }

    [Fact]
    public async Task Of_two_writers_the_one_with_the_older_state_is_refused()
    {
        var storage = await Subscriptions();
        await storage.WriteStateAsync("subscriptions", One, new GrainState<List<string>>(["first"]));
        await Assert.ThrowsAsync<InconsistentStateException>(
            () => storage.WriteStateAsync("subscriptions", One, new GrainState<List<string>>(["a second first"])));

        var (mine, theirs) = (await Read(storage, One), await Read(storage, One));
        mine.State = ["mine"];
        await storage.WriteStateAsync("subscriptions", One, mine);

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("subscriptions", One, theirs));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("subscriptions", One, theirs));
        Assert.Equal(["mine"], (await Read(storage, One)).State);
    }

    static MembershipEntry Entry(string address, int port, SiloStatus status = SiloStatus.Active, string? host = null) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Parse(address), port, 1), HostName = host ?? Dns.GetHostName(),
        SiloName = "7/print", Status = status, ProxyPort = 9, StartTime = new(2026, 11, 1, 12, 0, 0, DateTimeKind.Utc),
        IAmAliveTime = new(2026, 11, 1, 12, 0, 1, DateTimeKind.Utc), SuspectTimes = [],
    };

    static async Task<GrainState<List<string>>> Read(IGrainStorage storage, GrainId id)
    {
        var state = new GrainState<List<string>>();
        await storage.ReadStateAsync("subscriptions", id, state);
        return state;
    }
}
