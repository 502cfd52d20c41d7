using Npgsql;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// A PostgreSQL database by which silos find each other, on one machine or many, and which holds their journal. All of it lies in one
/// schema, "orleansinfer" unless the connection's search path says another, which is made and brought up to date at start.
/// </summary>
public sealed class PostgresStore : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30), Pause = TimeSpan.FromMilliseconds(200);

    readonly NpgsqlConnectionStringBuilder _settings;
    readonly NpgsqlDataSource _connections;

    /// <param name="connection">Npgsql's connection string, or "//user:password@host:port/database".</param>
    /// <exception cref="ClusterException">It is neither.</exception>
    public PostgresStore(string connection)
    {
        _settings = PostgresConnection.Parse(connection);
        _connections = NpgsqlDataSource.Create(_settings);
    }

    /// <summary>Host and database: what may be shown.</summary>
    public string Name => $"{_settings.Host}:{_settings.Port}/{_settings.Database}";

    internal string ConnectionString => _settings.ConnectionString;

    internal string Schema => _settings.SearchPath!.Split(',')[0].Trim(' ', '"');

    /// <summary>
    /// A connection that ends when it is disposed. One on which a batch has failed is not used again: the driver, which prepares
    /// statements by itself, may then take the answer to one for the answer to another.
    /// </summary>
    internal NpgsqlConnection OpenOwn()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    internal ValueTask<NpgsqlConnection> OpenAsync() => _connections.OpenConnectionAsync();

    internal (string Message, bool MayPass) Explain(Exception fault) => PostgresFaults.Explain(fault, _settings);

    /// <summary>Makes the tables, or brings older ones up to date. Any number of silos may do so at once.</summary>
    /// <exception cref="JournalException">The database cannot be used, or a newer version of the program has been there.</exception>
    public void Prepare()
    {
        for (var left = StartPatience; ; left -= Pause)
        {
            try
            {
                using var connection = OpenOwn();
                PostgresSchema.Prepare(connection, Schema, Name);
                return;
            }
            // Everything else would be waited for in vain: it is somebody's mistake.
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow && left > Pause)
            {
                Thread.Sleep(Pause);
            }
            catch (Exception e) when (e is not JournalException)
            {
                throw new JournalException(Explain(e).Message, e);
            }
        }
    }

    /// <summary>The tables are there before the silo looks for them.</summary>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(PostgresStore), ServiceLifecycleStage.RuntimeInitialize - 2, _ => Task.Run(Prepare));

    public void Dispose() => _connections.Dispose();
}
