using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using OrleansInfer.TestServers;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace OrleansInfer.Grains.Tests;

public sealed class PostgresJournalTests(PostgresServer server) : JournalConformance
{
    readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    readonly List<PostgresStore> _stores = [];
    NpgsqlConnectionStringBuilder _database = null!;

    public override async ValueTask InitializeAsync() => _database = await server.NewSchema();

    protected override JournalStore OpenStore() => Open(new());

    PostgresJournal Open(JournalOptions options)
    {
        var store = new PostgresStore(_database.ConnectionString);
        _stores.Add(store);
        var metrics = new JournalMetrics(_services.GetRequiredService<IMeterFactory>());
        return new(store, Options.Create(options), metrics, NullLogger<PostgresJournal>.Instance);
    }

    [Fact]
    public async Task Writes_of_one_group_are_applied_in_their_order()
    {
        await using var store = Open(new());
        await using var connection = await OpenRaw();
        await using var transaction = await connection.BeginTransactionAsync();
        await Execute(connection, $"LOCK TABLE {_database.SearchPath}.journal"); // what comes meanwhile is one group
        var first = store.AppendAsync(Append("t/a", 0, "first"));
        Task[] others =
        [
            store.AppendAsync(Append("t/b", 0, "b0", new(false, DateTimeOffset.UnixEpoch))),
            store.AppendAsync(Append("t/b", 1, "b1")),
            store.DeleteAsync("t/b"),
            store.AppendAsync(Append("t/b", 0, "again", new(false, DateTimeOffset.UnixEpoch))),
            store.DeleteExpiredAsync(DateTimeOffset.UnixEpoch, 10),
            store.AppendAsync(Append("t/b", 0, "in the end")),
        ];
        await transaction.RollbackAsync();

        Assert.True(await first);
        await Task.WhenAll(others);
        Assert.All(others, write => Assert.NotEqual(false, (write as Task<bool>)?.Result));
        Assert.Equal("in the end", await Text(store, "t/b"));
    }

    [Fact]
    public async Task An_append_whose_commit_nobody_heard_of_counts_once_and_is_no_other_writers()
    {
        await using var store = Open(new());
        Assert.True(await store.AppendAsync(Append("t/a", 0, "one")));
        // What stands of the group after its first try: one append that was written, and one that came second.
        await using var other = await OpenRaw();
        await Execute(other, $"INSERT INTO {_database.SearchPath}.journal VALUES('t/a', 1, 1, 'two'), ('t/b', 0, 1, 'theirs')");
        await using var raw = new PostgresStore(_database.ConnectionString).OpenOwn();
        JournalWrite[] writes = [Append("t/a", 1, "two"), Append("t/b", 0, "ours"), Append("t/c", 0, "new")];
        var results = new int[3];

        using (var group = new PostgresGroup(raw, writes, again: true)) group.Commit(results);

        Assert.Equal([1, 0, 1], results);
        Assert.Equal("onetwo", await Text(store, "t/a"));
    }

    [Fact]
    public async Task A_server_that_crashes_is_waited_for_as_long_as_asked_and_nothing_is_lost_or_doubled()
    {
        await using var own = new PostgresServer();
        _database = await own.NewSchema();
        await using var patient = Open(new());
        await using var impatient = Open(new() { RetryFor = TimeSpan.Zero });
        var writers = Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var seq = 0; seq < 300; seq++) Assert.True(await patient.AppendAsync(Append($"t/{writer}", seq, $"{seq},")));
        })).ToArray();
        while ((await patient.ReadAsync("t/0")).Count < 50) await Task.Yield();

        await own.Crash();

        var read = patient.ReadAsync("t/0");
        var fault = await Assert.ThrowsAsync<JournalException>(() => impatient.AppendAsync(Append("t/a", 0, "x")));
        Assert.Contains("PostgreSQL", fault.Message);
        fault = await Assert.ThrowsAsync<JournalException>(() => impatient.ReadAsync("t/a"));
        Assert.Contains($"No PostgreSQL listens on 127.0.0.1:{own.Port}", fault.Message);
        await own.Start();
        await Task.WhenAll(writers);
        Assert.NotEmpty(await read);
        Assert.True(await impatient.AppendAsync(Append("t/a", 0, "x")));
        var expected = string.Concat(Enumerable.Range(0, 300).Select(seq => $"{seq},"));
        for (var writer = 0; writer < 8; writer++) Assert.Equal(expected, await Text(patient, $"t/{writer}"));
    }

    [Fact]
    public async Task What_one_conversation_may_not_write_does_not_harm_the_others_of_its_group()
    {
        await using var store = Open(new());
        await using var connection = await OpenRaw();
        await using var transaction = await connection.BeginTransactionAsync();
        await Execute(connection, $"LOCK TABLE {_database.SearchPath}.journal");
        var first = store.AppendAsync(Append("t/first", 0, "x"));
        var odd = store.AppendAsync(Append("t/\0", 0, "PostgreSQL has no such text"));
        var other = store.AppendAsync(Append("t/other", 0, "x"));
        await transaction.RollbackAsync();

        Assert.True(await first);
        await Assert.ThrowsAsync<JournalException>(() => odd);
        Assert.True(await other);
    }

    [Fact]
    public async Task Processes_that_start_at_the_same_moment_make_the_schema_once()
    {
        await Task.WhenAll(from _ in Enumerable.Range(0, 8) select Task.Run(() => new PostgresStore(_database.ConnectionString).Prepare()));
        await using var connection = await OpenRaw();
        Assert.Equal(9L, await Scalar(connection, "SELECT count(*) FROM OrleansQuery"));
        Assert.Equal(1L, await Scalar(connection, "SELECT count(*) FROM schema_version"));
    }

    [Fact]
    public async Task Who_may_use_the_tables_need_not_be_allowed_to_make_them()
    {
        var store = new PostgresStore(_database.ConnectionString);
        await using var connection = await OpenRaw();
        var (schema, role) = (_database.SearchPath, $"user_of_{_database.SearchPath}");
        await Execute(connection, $"CREATE ROLE {role} LOGIN PASSWORD 'p'");
        var theirs = new PostgresStore($"//{role}:p@127.0.0.1:{_database.Port}/postgres?search_path={schema}");
        Assert.Contains("GRANT CREATE ON DATABASE", Assert.Throws<JournalException>(theirs.Prepare).Message);
        store.Prepare();
        await Execute(connection, $"GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {role}");
        theirs.Prepare();
    }

    [Fact]
    public async Task Refuses_a_schema_of_a_newer_version_and_leaves_it_alone()
    {
        await using var connection = await OpenRaw();
        var schema = _database.SearchPath;
        await Execute(connection, $"CREATE SCHEMA {schema}; CREATE TABLE {schema}.schema_version(version integer); "
            + $"INSERT INTO {schema}.schema_version VALUES(7)");
        var store = new PostgresStore(_database.ConnectionString);
        Assert.Contains("has version 7", Assert.Throws<JournalException>(store.Prepare).Message);
        Assert.Equal(1L, await Scalar(connection, $"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'"));
    }

    [Fact]
    public async Task A_connection_that_cannot_be_is_refused_in_words_without_its_password()
    {
        var (host, port) = (_database.Host, _database.Port);
        (string Connection, string Named)[] cases =
        [
            ($"//tester:hush@{host}:{port}/{_database.Database}", "does not accept the password of user 'tester'"),
            ($"//nobody:hush@{host}:{port}/{_database.Database}", "user 'nobody'"),
            ($"//tester@{host}:{port}/{_database.Database}", "asks user 'tester' for a password"),
            ($"//tester:{Uri.EscapeDataString(PostgresServer.Password)}@{host}:{port}/none", "has no database 'none'. Create it"),
            ($"//tester:hush@{host}:1/x", "No PostgreSQL listens on 127.0.0.1:1"),
            ($"//tester:hush@no.such.host.invalid/x", "cannot be reached"),
        ];
        foreach (var (connection, named) in cases)
        {
            var fault = Assert.Throws<JournalException>(new PostgresStore(connection).Prepare);
            Assert.Contains(named, fault.Message);
            Assert.DoesNotContain("hush", fault.Message);
        }
        string[] none = ["", "//", "hush", "Host=a;Passwort=hush", "//a:hush@b/c?sslmode=hush", "//a:hush@b/c?hush=1", "//:::hush"];
        foreach (var odd in none)
            Assert.DoesNotContain("hush", Assert.Throws<ClusterException>(() => new PostgresStore(odd)).Message);
    }

    [Fact]
    public void A_uri_says_what_a_list_of_keywords_says()
    {
        var settings = PostgresConnection.Parse(
            "//me:p%3B%40%20s@[::1]:5433/my%20db?sslmode=require&application_name=it&connect_timeout=7");
        Assert.Equal(("::1", 5433, "me", "p;@ s", "my db"),
            (settings.Host, settings.Port, settings.Username, settings.Password, settings.Database));
        Assert.Equal((SslMode.Require, "it", 7), (settings.SslMode, settings.ApplicationName, settings.Timeout));
        var list = PostgresConnection.Parse("Host=db;Username=me;Password=\"p;= s\";Timeout=7");
        Assert.Equal(("db", 5432, "me", "p;= s", "me", 7),
            (list.Host, list.Port, list.Username, list.Password, list.Database, list.Timeout));
    }

    static JournalAppend Append(string id, long seq, string data, ConversationMark? mark = null) =>
        new(id, seq, 1, Encoding.UTF8.GetBytes(data), mark);

    static async Task<string> Text(JournalStore store, string id) =>
        string.Concat((await store.ReadAsync(id)).Select(entry => Encoding.UTF8.GetString(entry.Data)));

    async Task<NpgsqlConnection> OpenRaw()
    {
        var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    static Task Execute(NpgsqlConnection connection, string sql) => new NpgsqlCommand(sql, connection).ExecuteNonQueryAsync();

    static Task<object?> Scalar(NpgsqlConnection connection, string sql) => new NpgsqlCommand(sql, connection).ExecuteScalarAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var store in _stores) store.Dispose();
        await _services.DisposeAsync();
    }
}
