using Npgsql;

namespace OrleansInfer.Grains;

/// <summary>
/// The tables of a <see cref="PostgresStore"/>: members and Orleans' queries for them, stream subscriptions, journal. Each version of the
/// schema is a script that leads there from the one before; which were run is in the table schema_version.
/// </summary>
static class PostgresSchema
{
    // A released script is never changed. Ids are compared byte by byte, as everywhere in this program.
    static readonly string[] s_scripts =
    [
        $"""
        CREATE TABLE journal(
            id text COLLATE "C" NOT NULL,
            seq bigint NOT NULL,
            cnt integer NOT NULL,
            data bytea NOT NULL,
            PRIMARY KEY(id, seq));
        CREATE TABLE conversation(
            id text COLLATE "C" NOT NULL PRIMARY KEY,
            running boolean NOT NULL,
            expires_at timestamptz);
        CREATE INDEX conversation_running ON conversation(id) WHERE running;
        CREATE INDEX conversation_expires ON conversation(expires_at) WHERE NOT running AND expires_at IS NOT NULL;
        {PostgresClusterTables.Script}
        """,
    ];

    public static int Version => s_scripts.Length;

    /// <exception cref="JournalException">The schema is newer than this program.</exception>
    public static void Prepare(NpgsqlConnection connection, string schema, string store)
    {
        if (ReadVersion(connection, schema) == Version) return; // Whoever may only use the tables need not be allowed to make them.
        using var transaction = connection.BeginTransaction();
        // Who comes second waits here, and finds them made. The lock ends with the transaction.
        Execute(connection, $"SELECT pg_advisory_xact_lock(hashtextextended('{schema.Replace("'", "''")}.schema', 0))");
        var found = ReadVersion(connection, schema);
        if (found > Version)
            throw new JournalException(
                $"The schema '{schema}' of {store} has version {found}; this program knows versions up to {Version}. "
                + "Run a newer version of the program, or name another database.");
        if (found == 0)
            Execute(connection, $"""
                CREATE SCHEMA IF NOT EXISTS {Quoted(schema)};
                CREATE TABLE schema_version(version integer NOT NULL PRIMARY KEY, made_at timestamptz NOT NULL DEFAULT now());
                """);
        for (var version = found + 1; version <= Version; version++)
            Execute(connection, $"{s_scripts[version - 1]}; INSERT INTO schema_version(version) VALUES({version});");
        transaction.Commit();
    }

    // Asks the catalog: a name in the search path may be remembered as missing while another process makes it.
    static int ReadVersion(NpgsqlConnection connection, string schema)
    {
        using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename = 'schema_version'", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        if ((long)command.ExecuteScalar()! == 0) return 0;
        using var version = new NpgsqlCommand($"SELECT coalesce(max(version), 0) FROM {Quoted(schema)}.schema_version", connection);
        return (int)version.ExecuteScalar()!;
    }

    static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
