using Npgsql;

namespace OrleansInfer.Grains;

/// <summary>
/// One group of writes to a <see cref="PostgresJournal"/>: a batch, which PostgreSQL runs as one transaction. Appends of different
/// conversations that follow each other are one statement over arrays.
/// </summary>
sealed class PostgresGroup : IDisposable
{
    // Deletions are alone, appends are not: one that began while its conversation was deleted would else write behind a gap. The statements
    // that follow see what was committed before the lock was had.
    const string LockToAppend = "SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema() || '.journal', 0))";

    const string LockToDelete = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.journal', 0))";

    // The primary key refuses a second row at a position; the condition refuses a row that would leave a gap, as a writer would that still
    // holds a conversation which was deleted meanwhile.
    const string AppendSql = """
        WITH given AS MATERIALIZED (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS g(id, seq, cnt, data, running, expires_at, place)),
        written AS (
            INSERT INTO journal(id, seq, cnt, data)
            SELECT id, seq, cnt, data FROM given
            WHERE seq = coalesce((SELECT j.seq + j.cnt FROM journal j WHERE j.id = given.id ORDER BY j.seq DESC LIMIT 1), 0)
            ON CONFLICT DO NOTHING RETURNING id),
        marked AS (
            INSERT INTO conversation(id, running, expires_at)
            SELECT id, running, expires_at FROM given JOIN written USING (id) WHERE running IS NOT NULL
            ON CONFLICT (id) DO UPDATE SET running = excluded.running, expires_at = excluded.expires_at)
        SELECT place FROM given JOIN written USING (id)
        """;

    // A connection that breaks during a commit does not say whether there was one. What stands there now, word for word, is ours; or it is
    // another's who computed the same, which comes to the same.
    const string StandsSql = """
        SELECT place FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS g(id, seq, cnt, data, place) JOIN journal j USING (id, seq)
        WHERE j.cnt = g.cnt AND j.data = g.data
        """;

    const string DeleteSql = """
        WITH events AS (DELETE FROM journal WHERE id = $1 RETURNING 1), mark AS (DELETE FROM conversation WHERE id = $1 RETURNING 1)
        SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM mark)
        """;

    const string ExpireSql = """
        WITH expired AS (
            DELETE FROM conversation WHERE id IN (
                SELECT id FROM conversation WHERE NOT running AND expires_at <= $1 ORDER BY expires_at LIMIT $2)
            RETURNING id),
        events AS (DELETE FROM journal USING expired WHERE journal.id = expired.id)
        SELECT count(*) FROM expired
        """;

    readonly IReadOnlyList<JournalWrite> _writes;
    readonly bool _again;
    readonly NpgsqlBatch _batch;
    readonly List<int[]> _placesOf = []; // for each statement, the writes that its results speak of
    readonly List<int> _run = [];
    readonly HashSet<string> _idsOfRun = new(StringComparer.Ordinal);

    /// <param name="connection">An open one, outside of a transaction.</param>
    /// <param name="writes">At least one.</param>
    /// <param name="again">They were sent before, and what became of them is not known.</param>
    public PostgresGroup(NpgsqlConnection connection, IReadOnlyList<JournalWrite> writes, bool again)
    {
        (_writes, _again, _batch) = (writes, again, new NpgsqlBatch(connection));
        Add(writes.All(write => write is JournalAppend) ? LockToAppend : LockToDelete, []);
        for (var i = 0; i < writes.Count; i++) Add(i);
        EndRun();
    }

    /// <summary>Returns when everything is durable.</summary>
    public void Commit(int[] results)
    {
        using var reader = _batch.ExecuteReader();
        foreach (var places in _placesOf)
        {
            while (reader.Read())
                if (places.Length > 0 && _writes[places[0]] is not JournalAppend) results[places[0]] = (int)reader.GetInt64(0);
                else if (places.Length > 0) results[places[reader.GetInt64(0) - 1]] = 1;
            reader.NextResult();
        }
    }

    public void Dispose() => _batch.Dispose();

    void Add(int place)
    {
        switch (_writes[place])
        {
            case JournalAppend append:
                if (!_idsOfRun.Add(append.Id))
                {
                    EndRun();
                    _idsOfRun.Add(append.Id);
                }
                _run.Add(place);
                break;
            case JournalDelete delete:
                EndRun();
                Add(DeleteSql, [place], Of(delete.Id));
                break;
            case JournalExpire expire:
                EndRun();
                Add(ExpireSql, [place], Of(expire.Now.ToUniversalTime()), Of(expire.Limit));
                break;
            case var other:
                throw new NotSupportedException(other.GetType().Name);
        }
    }

    void EndRun()
    {
        if (_run.Count == 0) return;
        // In one order everywhere, so that two silos that write to the same conversations do not wait for each other in a circle.
        int[] places = [.. _run.OrderBy(place => ((JournalAppend)_writes[place]).Id, StringComparer.Ordinal)];
        var appends = Array.ConvertAll(places, place => (JournalAppend)_writes[place]);
        Add(AppendSql, places,
            [.. Events(appends), Of(appends, a => a.Mark?.Running), Of(appends, a => a.Mark?.ExpiresAt?.ToUniversalTime())]);
        if (_again) Add(StandsSql, places, Events(appends));
        _run.Clear();
        _idsOfRun.Clear();
    }

    static NpgsqlParameter[] Events(JournalAppend[] appends) =>
        [Of(appends, a => a.Id), Of(appends, a => a.Seq), Of(appends, a => a.Count), Of(appends, a => a.Data)];

    static NpgsqlParameter Of<T>(JournalAppend[] appends, Converter<JournalAppend, T> value) => Of(Array.ConvertAll(appends, value));

    static NpgsqlParameter Of<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    void Add(string sql, int[] places, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        _batch.BatchCommands.Add(command);
        _placesOf.Add(places);
    }
}
