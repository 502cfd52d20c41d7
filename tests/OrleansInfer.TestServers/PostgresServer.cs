using Npgsql;

namespace OrleansInfer.TestServers;

/// <summary>PostgreSQL. A crash is `pg_ctl stop -m immediate`.</summary>
public sealed class PostgresServer() : TestServer("postgres")
{
    public const string User = "tester", Password = "a secret; of=tests";

    int _schemas;

    /// <summary>It flushes to disk at each commit. Tests of anything but power cuts need not wait for that.</summary>
    public bool Durable { get; init; }

    /// <summary>A connection to a schema that nobody else has; it is not there yet.</summary>
    /// <exception cref="MissingServerException">PostgreSQL is not installed.</exception>
    public async Task<NpgsqlConnectionStringBuilder> NewSchema()
    {
        await Start();
        var connection = ToSystem();
        connection.SearchPath = $"test{Interlocked.Increment(ref _schemas)}";
        return connection;
    }

    private protected override Task<ServerProcess> Launch() => ServerProcess.Start("QUIT", AsPostgres([
        Program("postgres"), "-D", Folder, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1",
        "-c", "unix_socket_directories=", "-c", $"fsync={(Durable ? "on" : "off")}", "-c", "max_connections=200",
    ]));

    private protected override Task Answer() => Execute("SELECT 1");

    private protected override async Task<int> Prepare()
    {
        var initdb = Program("initdb");
        var (data, password) = (Folder, Folder + ".password"); // initdb wants an empty folder
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
        return await base.Prepare();
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
