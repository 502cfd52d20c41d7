using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace OrleansInfer.Grains.Tests;

/// <summary>What a cluster keeps in SQLite beside its journal.</summary>
public sealed class SqliteClusteringTests : IDisposable
{
    static readonly GrainId One = GrainId.Create("pubsub", "one");

    readonly TemporaryFolder _folder = new();
    readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public void Dispose()
    {
        _services.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Processes_that_start_at_the_same_moment_make_the_tables_once()
    {
        var file = _folder.File("new/cluster.db");
        await Task.WhenAll(from _ in Enumerable.Range(0, 8) select Task.Run(() => new SqliteStore(file).Prepare()));
        using var connection = new SqliteStore(file).Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM OrleansQuery";
        Assert.Equal(9L, command.ExecuteScalar());
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_in_words()
    {
        File.WriteAllText(_folder.File("text"), new string('x', 8_192));
        var fault = Assert.Throws<JournalException>(() => new SqliteStore(_folder.File("text")).Prepare());
        Assert.Contains("not a SQLite database", fault.Message);
    }

    [Fact]
    public void Members_whose_port_nobody_listens_on_are_dead_and_the_others_stay()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var here = ((IPEndPoint)listener.LocalEndpoint).Port;
        var store = new SqliteStore(_folder.File("cluster.db"));
        store.Prepare();
        using var connection = store.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            INSERT INTO OrleansMembershipVersionTable(DeploymentId, Version) VALUES('c', 5);
            INSERT INTO OrleansMembershipTable VALUES('c', '127.0.0.1', {here}, 1, 'a', 'h', 3, 0, '', '', '');
            INSERT INTO OrleansMembershipTable VALUES('c', '127.0.0.1', 1, 1, 'b', 'h', 3, 0, '', '', '');
            """;
        command.ExecuteNonQuery();

        store.Prepare();

        command.CommandText = "SELECT group_concat(SiloName || Status) || (SELECT Version FROM OrleansMembershipVersionTable) "
            + "FROM (SELECT * FROM OrleansMembershipTable ORDER BY SiloName)";
        Assert.Equal("a3,b66", command.ExecuteScalar());
    }

    [Fact]
    public async Task State_that_was_written_is_read_by_another_silo_until_it_is_cleared()
    {
        var (here, there) = (Storage(), Storage());
        var written = new GrainState<List<string>>(["a", "b"]);
        await here.WriteStateAsync("subscriptions", One, written);

        var read = await Read(there, One);
        Assert.Equal(["a", "b"], read.State);
        Assert.Equal((true, written.ETag), (read.RecordExists, read.ETag));
        Assert.False((await Read(there, GrainId.Create("pubsub", "two"))).RecordExists);

        await there.ClearStateAsync("subscriptions", One, read);
        Assert.Equal((false, null), (read.RecordExists, read.ETag));
        Assert.Empty((await Read(here, One)).State!);
    }

    [Fact]
    public async Task Of_two_writers_the_one_with_the_older_state_is_refused()
    {
        var storage = Storage();
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

    SqliteGrainStorage Storage()
    {
        var store = new SqliteStore(_folder.File("cluster.db"));
        store.Prepare();
        return new(store, _services.GetRequiredService<Serializer>());
    }

    static async Task<GrainState<List<string>>> Read(SqliteGrainStorage storage, GrainId id)
    {
        var state = new GrainState<List<string>>();
        await storage.ReadStateAsync("subscriptions", id, state);
        return state;
    }
}
