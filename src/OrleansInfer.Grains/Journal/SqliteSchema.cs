using System.Globalization;
using Microsoft.Data.Sqlite;

namespace OrleansInfer.Grains;

/// <summary>The tables of a <see cref="SqliteJournal"/> and their version, which SQLite keeps as user_version.</summary>
static class SqliteSchema
{
    public const int Version = 1;

    const int PageSize = 4_096; // SQLite's default

    const string Tables = """
        CREATE TABLE journal(
            id TEXT NOT NULL,
            seq INTEGER NOT NULL,
            cnt INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY(id, seq)) WITHOUT ROWID;
        CREATE TABLE conversation(
            id TEXT NOT NULL PRIMARY KEY,
            running INTEGER NOT NULL,
            expires_at INTEGER) WITHOUT ROWID;
        CREATE INDEX conversation_running ON conversation(id) WHERE running = 1;
        CREATE INDEX conversation_expires ON conversation(expires_at) WHERE running = 0 AND expires_at IS NOT NULL;
        """;

    public static void Prepare(SqliteConnection connection, SqliteJournalOptions options, string path)
    {
        var busy = ((int)options.BusyTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        Execute(connection, $"PRAGMA busy_timeout = {busy}");
        var found = ReadVersion(connection); // Before anything is written: a newer program's file is left as it is.
        if (found > Version) throw TooNew(path, found);
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, $"PRAGMA synchronous = {(options.FullSync ? "FULL" : "NORMAL")}");
        if (options.MaxBytes is { } bytes) Execute(connection, $"PRAGMA max_page_count = {bytes / PageSize}");
        using var transaction = connection.BeginTransaction();
        found = ReadVersion(connection, transaction); // Another process may have made the tables meanwhile.
        if (found > Version) throw TooNew(path, found);
        if (found == 0) Execute(connection, $"{Tables} PRAGMA user_version = {Version};", transaction);
        transaction.Commit();
    }

    static JournalException TooNew(string path, long found) => new(
        $"The journal {path} has schema version {found}; this program knows versions up to {Version}. "
        + "Run a newer version of the program, or name another data folder.");

    static long ReadVersion(SqliteConnection connection, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = ("PRAGMA user_version", transaction);
        return (long)command.ExecuteScalar()!;
    }

    static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        command.ExecuteNonQuery();
    }
}
