using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace OrleansInfer.Grains;

/// <summary>The journal in a PostgreSQL database, which the silos of many machines may share. A group is one round trip.</summary>
public sealed class PostgresJournal : JournalStore
{
    readonly PostgresStore _store;
    NpgsqlConnection? _connection; // of the writer thread, which keeps it
    JournalWrite? _unsure; // begins a group that may or may not have been written when its connection broke

    /// <exception cref="JournalException">The database cannot be used, or was written by a newer version.</exception>
    public PostgresJournal(PostgresStore store, IOptions<JournalOptions> options, JournalMetrics metrics, ILogger<PostgresJournal> logger)
        : base(options.Value, metrics, logger)
    {
        _store = store;
        store.Prepare();
        Start();
    }

    protected override void Commit(IReadOnlyList<JournalWrite> writes, int[] results)
    {
        try
        {
            _connection ??= _store.OpenOwn();
            using var group = new PostgresGroup(_connection, writes, again: ReferenceEquals(_unsure, writes[0]));
            group.Commit(results);
            _unsure = null;
        }
        catch
        {
            _unsure = writes[0];
            _connection?.Dispose();
            _connection = null;
            throw;
        }
    }

    protected override async Task<IReadOnlyList<JournalEntry>> Read(string id, long from, long to)
    {
        await using var connection = await _store.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT seq, cnt, data FROM journal WHERE id = $1 AND seq >= $2 AND seq < $3 ORDER BY seq", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = to });
        await using var reader = await command.ExecuteReaderAsync();
        var entries = new List<JournalEntry>();
        while (await reader.ReadAsync()) entries.Add(new(reader.GetInt64(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2)));
        return entries;
    }

    protected override async Task<IReadOnlyList<string>> ListRunning(string? after, int limit)
    {
        await using var connection = await _store.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT id FROM conversation WHERE running AND id > $1 ORDER BY id LIMIT $2", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after ?? "" });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<string>();
        while (await reader.ReadAsync()) ids.Add(reader.GetString(0));
        return ids;
    }

    protected override (string Message, bool MayPass) Explain(Exception fault) => _store.Explain(fault);

    protected override void Close() => _connection?.Dispose();
}
