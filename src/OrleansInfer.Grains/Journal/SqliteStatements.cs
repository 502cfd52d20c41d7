using Microsoft.Data.Sqlite;

namespace OrleansInfer.Grains;

/// <summary>The prepared writes of a <see cref="SqliteJournal"/>; its writer thread alone uses them.</summary>
sealed class SqliteStatements : IDisposable
{
    // The primary key refuses a second row at a position; the condition refuses a row that would leave a gap, as a writer would that still
    // holds a conversation which was deleted meanwhile.
    const string AppendSql = """
        INSERT INTO journal(id, seq, cnt, data)
        SELECT $id, $seq, $cnt, $data
        WHERE $seq = coalesce((SELECT seq + cnt FROM journal WHERE id = $id ORDER BY seq DESC LIMIT 1), 0)
        ON CONFLICT DO NOTHING
        """;

    const string MarkSql = """
        INSERT INTO conversation(id, running, expires_at) VALUES($id, $running, $expires)
        ON CONFLICT(id) DO UPDATE SET running = excluded.running, expires_at = excluded.expires_at
        """;

    const string ExpiredSql = """
        SELECT id FROM conversation WHERE running = 0 AND expires_at IS NOT NULL AND expires_at <= $now ORDER BY expires_at LIMIT $limit
        """;

    readonly SqliteCommand _append, _mark, _deleteEvents, _deleteRow, _expired;

    public SqliteStatements(SqliteConnection connection)
    {
        _append = Prepare(connection, AppendSql, "$id", "$seq", "$cnt", "$data");
        _mark = Prepare(connection, MarkSql, "$id", "$running", "$expires");
        _deleteEvents = Prepare(connection, "DELETE FROM journal WHERE id = $id", "$id");
        _deleteRow = Prepare(connection, "DELETE FROM conversation WHERE id = $id", "$id");
        _expired = Prepare(connection, ExpiredSql, "$now", "$limit");
    }

    public SqliteTransaction? Transaction
    {
        set => _append.Transaction = _mark.Transaction = _deleteEvents.Transaction = _deleteRow.Transaction = _expired.Transaction = value;
    }

    public int Append(JournalAppend append)
    {
        _append.Parameters[0].Value = append.Id;
        _append.Parameters[1].Value = append.Seq;
        _append.Parameters[2].Value = append.Count;
        _append.Parameters[3].Value = append.Data;
        var written = _append.ExecuteNonQuery();
        if (written == 1 && append.Mark is { } mark) Mark(append.Id, mark);
        return written;
    }

    public int Delete(string id)
    {
        _deleteEvents.Parameters[0].Value = _deleteRow.Parameters[0].Value = id;
        return _deleteEvents.ExecuteNonQuery() + _deleteRow.ExecuteNonQuery();
    }

    public int Expire(JournalExpire expire)
    {
        _expired.Parameters[0].Value = expire.Now.ToUnixTimeMilliseconds();
        _expired.Parameters[1].Value = expire.Limit;
        var ids = new List<string>();
        using (var reader = _expired.ExecuteReader())
            while (reader.Read()) ids.Add(reader.GetString(0));
        foreach (var id in ids) Delete(id);
        return ids.Count;
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_append, _mark, _deleteEvents, _deleteRow, _expired]) command.Dispose();
    }

    void Mark(string id, ConversationMark mark)
    {
        _mark.Parameters[0].Value = id;
        _mark.Parameters[1].Value = mark.Running ? 1 : 0;
        _mark.Parameters[2].Value = mark.ExpiresAt is { } at ? at.ToUnixTimeMilliseconds() : DBNull.Value;
        _mark.ExecuteNonQuery();
    }

    static SqliteCommand Prepare(SqliteConnection connection, string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }
}
