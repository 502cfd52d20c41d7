using Microsoft.Data.Sqlite;

namespace OrleansInfer.Grains;

/// <summary>
/// The tables of a cluster in the SQLite file of its journal: who is a member, and the queries by which Orleans' ADO.NET provider finds
/// that out (it reads them from a table, so that each database can have its own), and the state of stream subscriptions.
/// </summary>
static class SqliteClusterTables
{
    // The provider's rule for a write: it counts only when the version of the whole table is the one that its writer has seen.
    const string Script = """
        CREATE TABLE IF NOT EXISTS OrleansQuery(QueryKey TEXT NOT NULL PRIMARY KEY, QueryText TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS OrleansMembershipVersionTable(
            DeploymentId TEXT NOT NULL PRIMARY KEY,
            Timestamp TEXT NOT NULL DEFAULT (datetime('now')),
            Version INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS OrleansMembershipTable(
            DeploymentId TEXT NOT NULL,
            Address TEXT NOT NULL,
            Port INTEGER NOT NULL,
            Generation INTEGER NOT NULL,
            SiloName TEXT NOT NULL,
            HostName TEXT NOT NULL,
            Status INTEGER NOT NULL,
            ProxyPort INTEGER,
            SuspectTimes TEXT,
            StartTime TEXT NOT NULL,
            IAmAliveTime TEXT NOT NULL,
            PRIMARY KEY(DeploymentId, Address, Port, Generation)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS grain_state(
            name TEXT NOT NULL,
            id TEXT NOT NULL,
            etag TEXT NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY(name, id)) WITHOUT ROWID;

        INSERT OR REPLACE INTO OrleansQuery(QueryKey, QueryText) VALUES
        ('InsertMembershipVersionKey', '
            INSERT INTO OrleansMembershipVersionTable(DeploymentId) VALUES(@DeploymentId) ON CONFLICT DO NOTHING;
            SELECT changes();'),
        ('InsertMembershipKey', '
            BEGIN IMMEDIATE;
            UPDATE OrleansMembershipVersionTable SET Timestamp = datetime(''now''), Version = Version + 1
                WHERE DeploymentId = @DeploymentId AND Version = @Version AND NOT EXISTS(SELECT 1 FROM OrleansMembershipTable
                    WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation);
            INSERT INTO OrleansMembershipTable(
                    DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
                SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
                WHERE changes() > 0;
            SELECT changes();
            COMMIT;'),
        ('UpdateMembershipKey', '
            BEGIN IMMEDIATE;
            UPDATE OrleansMembershipVersionTable SET Timestamp = datetime(''now''), Version = Version + 1
                WHERE DeploymentId = @DeploymentId AND Version = @Version;
            UPDATE OrleansMembershipTable SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
                WHERE changes() > 0
                    AND DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation;
            SELECT changes();
            COMMIT;'),
        ('UpdateIAmAlivetimeKey', '
            UPDATE OrleansMembershipTable SET IAmAliveTime = @IAmAliveTime
                WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation;'),
        ('MembershipReadRowKey', '
            SELECT v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes,
                m.StartTime, m.IAmAliveTime, v.Version
            FROM OrleansMembershipVersionTable v LEFT JOIN OrleansMembershipTable m
                ON v.DeploymentId = m.DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
            WHERE v.DeploymentId = @DeploymentId;'),
        ('MembershipReadAllKey', '
            SELECT v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes,
                m.StartTime, m.IAmAliveTime, v.Version
            FROM OrleansMembershipVersionTable v LEFT JOIN OrleansMembershipTable m ON v.DeploymentId = m.DeploymentId
            WHERE v.DeploymentId = @DeploymentId;'),
        ('GatewaysQueryKey', '
            SELECT Address, ProxyPort, Generation FROM OrleansMembershipTable
            WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0;'),
        ('DeleteMembershipTableEntriesKey', '
            DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId;
            DELETE FROM OrleansMembershipVersionTable WHERE DeploymentId = @DeploymentId;'),
        ('CleanupDefunctSiloEntriesKey', '
            DELETE FROM OrleansMembershipTable
            WHERE DeploymentId = @DeploymentId AND IAmAliveTime < @IAmAliveTime AND Status != 3;');
        """;

    /// <summary>Makes the tables, or brings an older version's queries up to date; any number of processes may do so at once.</summary>
    public static void Prepare(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(); // "begin immediate": who comes second waits here and finds them made
        using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (Script, transaction);
        command.ExecuteNonQuery();
        transaction.Commit();
    }
}
