using System.Globalization;
using Microsoft.Data.Sqlite;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>The SQLite file by which the silos of a machine find each other. Its tables are made before the silo looks for them.</summary>
sealed class SqliteStore(string path) : ILifecycleParticipant<ISiloLifecycle>
{
    const int BusySeconds = 5;

    readonly string _path = Path.GetFullPath(path);

    public string ConnectionString { get; } =
        new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(path), DefaultTimeout = BusySeconds }.ToString();

    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        // SQLite itself waits a millisecond for a lock and then longer; the driver on top of it waits 150 at once.
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {BusySeconds * 1000}"));
        return connection;
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SqliteStore), ServiceLifecycleStage.RuntimeInitialize - 2, _ => Task.Run(Prepare));

    /// <exception cref="JournalException">The file cannot be opened or is no database.</exception>
    internal void Prepare()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            using var connection = Open();
            Execute(connection, "PRAGMA journal_mode = WAL");
            SqliteClusterTables.Prepare(connection);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new JournalException(SqliteFaults.Explain(e, _path).Message, e);
        }
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
