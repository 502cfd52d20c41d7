using System.Net;
using Microsoft.Data.Sqlite;

namespace OrleansInfer.Grains;

/// <summary>
/// The members that a crash of the whole cluster left in the table. A silo that starts would wait for them to answer or to be silent for
/// 15 s; but all silos of the file are on this machine, and a port that nobody listens on says at once that its silo is gone.
/// </summary>
static class SqliteMembers
{
    const int Active = 3, Dead = 6; // SiloStatus, as the provider writes it

    public static void BuryAbsent(SqliteConnection connection)
    {
        foreach (var (address, port) in ReadActive(connection))
            if (IPAddress.TryParse(address, out var ip) && SiloPort.Refuses(ip, port)) Bury(connection, address, port);
    }

    static List<(string Address, int Port)> ReadActive(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT DISTINCT Address, Port FROM OrleansMembershipTable WHERE Status = {Active}";
        using var reader = command.ExecuteReader();
        var members = new List<(string, int)>();
        while (reader.Read()) members.Add((reader.GetString(0), reader.GetInt32(1)));
        return members;
    }

    /// <summary>With a new version of the table, so that a member that looked before cannot write what it saw then.</summary>
    static void Bury(SqliteConnection connection, string address, int port)
    {
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"""
            UPDATE OrleansMembershipVersionTable SET Timestamp = datetime('now'), Version = Version + 1;
            UPDATE OrleansMembershipTable SET Status = {Dead} WHERE Address = $address AND Port = $port AND Status = {Active};
            """;
        command.Parameters.AddWithValue("$address", address);
        command.Parameters.AddWithValue("$port", port);
        command.ExecuteNonQuery();
        transaction.Commit();
    }
}
