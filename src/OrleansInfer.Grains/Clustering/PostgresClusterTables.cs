namespace OrleansInfer.Grains;

/// <summary>
/// The tables of a cluster in PostgreSQL: who is a member, the queries by which Orleans' ADO.NET provider finds that out (it reads them
/// from a table, so that each database can have its own), and the state of stream subscriptions.
/// </summary>
static class PostgresClusterTables
{
    // The provider's rule for a write: it counts only when the version of the whole table is the one that its writer has seen. Each write
    // is one statement; two at once wait for each other at the version's row, and the second no longer finds its version.
    public const string Script = """
        CREATE TABLE OrleansQuery(QueryKey text NOT NULL PRIMARY KEY, QueryText text NOT NULL);
        CREATE TABLE OrleansMembershipVersionTable(
            DeploymentId text NOT NULL PRIMARY KEY,
            Timestamp timestamptz NOT NULL DEFAULT now(),
            Version integer NOT NULL DEFAULT 0);
        CREATE TABLE OrleansMembershipTable(
            DeploymentId text NOT NULL,
            Address text NOT NULL,
            Port integer NOT NULL,
            Generation integer NOT NULL,
            SiloName text NOT NULL,
            HostName text NOT NULL,
            Status integer NOT NULL,
            ProxyPort integer,
            SuspectTimes text,
            StartTime timestamptz NOT NULL,
            IAmAliveTime timestamptz NOT NULL,
            PRIMARY KEY(DeploymentId, Address, Port, Generation));
        CREATE TABLE grain_state(
            name text NOT NULL,
            id text NOT NULL,
            etag text NOT NULL,
            data bytea NOT NULL,
            PRIMARY KEY(name, id));

        INSERT INTO OrleansQuery(QueryKey, QueryText) VALUES
        ('InsertMembershipVersionKey', '
            WITH made AS (
                INSERT INTO OrleansMembershipVersionTable(DeploymentId) VALUES(@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
            SELECT count(*) FROM made'),
        ('InsertMembershipKey', '
            WITH moved AS (
                UPDATE OrleansMembershipVersionTable SET Timestamp = now(), Version = Version + 1
                WHERE DeploymentId = @DeploymentId AND Version = @Version AND NOT EXISTS(SELECT 1 FROM OrleansMembershipTable
                    WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation)
                RETURNING 1),
            made AS (
                INSERT INTO OrleansMembershipTable(
                    DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
                SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
                FROM moved RETURNING 1)
            SELECT count(*) FROM made'),
        ('UpdateMembershipKey', '
            WITH moved AS (
                UPDATE OrleansMembershipVersionTable SET Timestamp = now(), Version = Version + 1
                WHERE DeploymentId = @DeploymentId AND Version = @Version RETURNING 1),
            made AS (
                UPDATE OrleansMembershipTable SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
                FROM moved
                WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation RETURNING 1)
            SELECT count(*) FROM made'),
        ('UpdateIAmAlivetimeKey', '
            UPDATE OrleansMembershipTable SET IAmAliveTime = @IAmAliveTime
            WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation'),
        ('MembershipReadRowKey', '
            SELECT v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes,
                m.StartTime, m.IAmAliveTime, v.Version
            FROM OrleansMembershipVersionTable v LEFT JOIN OrleansMembershipTable m
                ON v.DeploymentId = m.DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
            WHERE v.DeploymentId = @DeploymentId'),
        ('MembershipReadAllKey', '
            SELECT v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes,
                m.StartTime, m.IAmAliveTime, v.Version
            FROM OrleansMembershipVersionTable v LEFT JOIN OrleansMembershipTable m ON v.DeploymentId = m.DeploymentId
            WHERE v.DeploymentId = @DeploymentId'),
        ('GatewaysQueryKey', '
            SELECT Address, ProxyPort, Generation FROM OrleansMembershipTable
            WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0'),
        ('DeleteMembershipTableEntriesKey', '
            DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId;
            DELETE FROM OrleansMembershipVersionTable WHERE DeploymentId = @DeploymentId'),
        ('CleanupDefunctSiloEntriesKey', '
            DELETE FROM OrleansMembershipTable
            WHERE DeploymentId = @DeploymentId AND IAmAliveTime < @IAmAliveTime AND Status != 3');
        """;
}
