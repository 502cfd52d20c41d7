using Npgsql;

namespace OrleansInfer.TestServers;

/// <summary>
/// PostgreSQL on loopback, in a folder of its own: started by the first who asks, stopped and removed at the end. It asks
/// for passwords.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string User = "tester", Password = "a secret; of=tests";

    readonly Lazy<string> _folder = new(() => Directory.CreateTempSubdirectory("orleansinfer-postgres-").FullName);
    readonly SemaphoreSlim _gate = new(1);
    ServerProcess? _process;
    int _schemas;

    /// <summary>It flushes to disk at each commit. Tests of anything but power cuts need not wait for that.</summary>
    public bool Durable { get; init; }

    public int Port { get; private set; }

    /// <summary>A connection to a schema that nobody else has; it is not there yet.</summary>
    /// <exception cref="MissingServerException">PostgreSQL is not installed.</exception>
    public async Task<NpgsqlConnectionStringBuilder> NewSchema()
    {
        await Start();
        var connection = ToSystem();
        connection.SearchPath = $"test{Interlocked.Increment(ref _schemas)}";
        return connection;
    }

    /// <summary>Takes it up again in its folder, on its port.</summary>
    public async Task Start()
    {
        await _gate.WaitAsync();
        try
        {
            if (_process is not null) return;
            if (Port == 0) await MakeFolder();
            _process = await ServerProcess.Start("QUIT", AsPostgres([
                Program("postgres"), "-D", _folder.Value, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", $"fsync={(Durable ? "on" : "off")}", "-c", "max_connections=200",
            ]));
            await _process.WaitUntil(() => Execute("SELECT 1"));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends it as a crash would: `pg_ctl stop -m immediate`.</summary>
    public async Task Crash()
    {
        await _process!.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await Crash();
        if (_folder.IsValueCreated) Directory.Delete(_folder.Value, recursive: true);
        _gate.Dispose();
    }

    async Task MakeFolder()
    {
        var initdb = Program("initdb");
        Port = ServerProcess.FreePort();
        var (data, password) = (_folder.Value, _folder.Value + ".password"); // initdb wants an empty folder
        await File.WriteAllTextAsync(password, Password);
        try
        {
            if (IsRoot) await ServerProcess.Run("chown", "postgres", data, password);
            await Run([initdb, "-D", data, "-U", User, "-A", "scram-sha-256", $"--pwfile={password}",
                "--no-sync", "--no-locale", "-E", "UTF8"]);
        }
        finally
        {
            File.Delete(password);
        }
    }

    async Task Execute(string sql)
    {
        var settings = ToSystem();
        settings.Pooling = false;
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    NpgsqlConnectionStringBuilder ToSystem() =>
        new() { Host = "127.0.0.1", Port = Port, Username = User, Password = Password, Database = "postgres" };

    static Task Run(string[] command)
    {
        var all = AsPostgres(command);
        return ServerProcess.Run(all[0], all[1..]);
    }

    static bool IsRoot => Environment.UserName == "root";

    // PostgreSQL refuses to run as root; Debian's package has made a user for it.
    static string[] AsPostgres(string[] command) =>
        IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", .. command] : command;

    static string Program(string name)
    {
        var folders = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        return folders.Select(folder => Path.Combine(folder, "bin", name)).Where(File.Exists).Max()
            ?? throw new MissingServerException("PostgreSQL is not installed: apt-get install -y postgresql");
    }
}
