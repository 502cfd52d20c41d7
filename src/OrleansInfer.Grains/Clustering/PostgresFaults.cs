using System.Net.Sockets;
using Npgsql;

namespace OrleansInfer.Grains;

/// <summary>
/// What PostgreSQL's error codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) mean for someone who runs the service.
/// </summary>
static class PostgresFaults
{
    /// <param name="fault">Of the driver.</param>
    /// <param name="connection">Of which host, database and user are said.</param>
    public static (string Message, bool MayPass) Explain(Exception fault, NpgsqlConnectionStringBuilder connection)
    {
        var host = connection.Host!.Contains(',') ? connection.Host : $"{connection.Host}:{connection.Port}";
        return fault switch
        {
            PostgresException e => Explain(e, host, connection),
            NpgsqlException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
                ($"No PostgreSQL listens on {host}. Start it, or correct the host and port.", true),
            NpgsqlException { InnerException: SocketException e } => ($"PostgreSQL at {host} cannot be reached: {e.Message}.", true),
            SocketException e => ($"PostgreSQL at {host} cannot be reached: {e.Message}.", true),
            NpgsqlException { InnerException: TimeoutException } or TimeoutException =>
                ($"PostgreSQL at {host} does not answer in time. Check that it is what listens there, and that the network lets "
                    + "through to it.", true),
            NpgsqlException e when e.Message.Contains("No password has been provided", StringComparison.Ordinal) =>
                ($"PostgreSQL at {host} asks user '{connection.Username}' for a password, and the connection has none.", false),
            NpgsqlException e => ($"PostgreSQL at {host} failed, or another service answers there: {e.Message.TrimEnd('.')}.", true),
            IOException e => ($"The connection to PostgreSQL at {host} broke: {e.Message}", true),
            _ => ($"PostgreSQL at {host} failed: {fault.Message}", false),
        };
    }

    static (string, bool) Explain(PostgresException e, string host, NpgsqlConnectionStringBuilder connection) => e.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword =>
            ($"PostgreSQL at {host} does not accept the password of user '{connection.Username}'. Correct the connection.", false),
        PostgresErrorCodes.InvalidAuthorizationSpecification =>
            ($"PostgreSQL at {host} does not let user '{connection.Username}' in: {e.MessageText}. Create the role, or change pg_hba.conf.",
                false),
        PostgresErrorCodes.InvalidCatalogName =>
            ($"PostgreSQL at {host} has no database '{connection.Database}'. Create it: createdb {connection.Database}.", false),
        PostgresErrorCodes.InsufficientPrivilege =>
            ($"User '{connection.Username}' may not do this in database '{connection.Database}' at {host}: {e.MessageText}. An owner may "
                + $"allow it: GRANT CREATE ON DATABASE \"{connection.Database}\" TO \"{connection.Username}\".", false),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName =>
            ($"Tables of database '{connection.Database}' at {host} are gone: {e.MessageText}. The next start makes them anew.", false),
        PostgresErrorCodes.DiskFull => ($"The disk of PostgreSQL at {host} is full. Free some space; turns that wait go on.", true),
        PostgresErrorCodes.TooManyConnections =>
            ($"PostgreSQL at {host} has no connection left. Raise its max_connections, or lower Maximum Pool Size in ours.", true),
        PostgresErrorCodes.CannotConnectNow => ($"PostgreSQL at {host} is starting or stopping: {e.MessageText}.", true),
        PostgresErrorCodes.ReadOnlySqlTransaction =>
            ($"PostgreSQL at {host} can only be read: it is a standby. Name the primary, or both with Target Session Attributes=primary.",
                true),
        _ => ($"PostgreSQL at {host} failed: {e.MessageText} ({e.SqlState}).", e.IsTransient),
    };
}
