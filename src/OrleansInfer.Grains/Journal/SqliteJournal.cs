using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OrleansInfer.Grains;

/// <summary>The journal in one SQLite file, which several processes of a machine may share.</summary>
public sealed class SqliteJournal : JournalStore
{
    readonly string _path;
    readonly string _connectionString;
    readonly SqliteConnection _connection;
    readonly SqliteStatements _statements;

    /// <exception cref="JournalException">The file cannot be opened, is no database, or was written by a newer version.</exception>
    public SqliteJournal(
        IOptions<SqliteJournalOptions> sqlite, IOptions<JournalOptions> options, JournalMetrics metrics, ILogger<SqliteJournal> logger)
        : base(options.Value, metrics, logger)
    {
        var settings = sqlite.Value;
        _path = System.IO.Path.GetFullPath(settings.Path);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            DefaultTimeout = Math.Max(1, (int)Math.Ceiling(settings.BusyTimeout.TotalSeconds)),
        }.ToString();
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
            _connection = Open();
            SqliteSchema.Prepare(_connection, settings, _path);
            _statements = new SqliteStatements(_connection);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            _connection?.Dispose();
            throw new JournalException(Explain(e).Message, e);
        }
        Start();
    }

    protected override void Commit(IReadOnlyList<JournalWrite> writes, int[] results)
    {
        using var transaction = _connection.BeginTransaction(); // "begin immediate": waits for the lock here, not half way through
        _statements.Transaction = transaction;
        for (var i = 0; i < writes.Count; i++)
            results[i] = writes[i] switch
            {
                JournalAppend append => _statements.Append(append),
                JournalDelete delete => _statements.Delete(delete.Id),
                JournalExpire expire => _statements.Expire(expire),
                var other => throw new NotSupportedException(other.GetType().Name),
            };
        transaction.Commit();
    }

    // The driver blocks the thread it is called on, and a grain's must not be blocked.
    protected override Task<IReadOnlyList<JournalEntry>> Read(string id, long from, long to) => Task.Run<IReadOnlyList<JournalEntry>>(() =>
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq, cnt, data FROM journal WHERE id = $id AND seq >= $from AND seq < $to ORDER BY seq";
        command.Parameters.AddWithValue("$id", id);
        command.Parameters.AddWithValue("$from", from);
        command.Parameters.AddWithValue("$to", to);
        using var reader = command.ExecuteReader();
        var entries = new List<JournalEntry>();
        while (reader.Read()) entries.Add(new(reader.GetInt64(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2)));
        return entries;
    });

    protected override Task<IReadOnlyList<string>> ListRunning(string? after, int limit) => Task.Run<IReadOnlyList<string>>(() =>
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id FROM conversation WHERE running = 1 AND id > $after ORDER BY id LIMIT $limit";
        command.Parameters.AddWithValue("$after", after ?? "");
        command.Parameters.AddWithValue("$limit", limit);
        using var reader = command.ExecuteReader();
        var ids = new List<string>();
        while (reader.Read()) ids.Add(reader.GetString(0));
        return ids;
    });

    protected override (string Message, bool MayPass) Explain(Exception fault) => SqliteFaults.Explain(fault, _path);

    protected override void Close()
    {
        _statements.Dispose();
        _connection.Dispose();
        using var any = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(any); // A pooled handle would keep the file from being moved or deleted.
    }

    SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }
}
