using Npgsql;

namespace OrleansInfer.Grains;

/// <summary>
/// How a PostgreSQL database is reached: Npgsql's connection string, or the URI that libpq knows
/// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS). What is refused is not repeated: it may hold a
/// password.
/// </summary>
static class PostgresConnection
{
    /// <summary>Holds everything of this program's, unless the connection names another schema as its search path.</summary>
    public const string DefaultSchema = "orleansinfer";

    // Where libpq's word is not one of Npgsql's with an underscore.
    static readonly Dictionary<string, string> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    };

    /// <exception cref="ClusterException">It is neither.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            var builder = text.StartsWith("//", StringComparison.Ordinal) ? OfUri(new Uri("postgres:" + text)) : new(text);
            if (string.IsNullOrEmpty(builder.Host)) throw new FormatException();
            SetDefaults(builder);
            return builder;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or KeyNotFoundException)
        {
            throw new ClusterException(
                "What follows 'postgres:' is no connection to a database: it looks like postgres://user:password@host:5432/database or "
                + "'postgres:Host=host;Username=user;Password=password;Database=database' (see npgsql.org for more keywords; in the URI "
                + "special characters are escaped with %, in the list a value with ; or = is put in double quotes).");
        }
    }

    static NpgsqlConnectionStringBuilder OfUri(Uri uri)
    {
        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host.Trim('[', ']') };
        if (uri.Port > 0) builder.Port = uri.Port;
        var user = uri.UserInfo.Split(':', 2);
        if (user[0] != "") builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);
        if (uri.AbsolutePath.Length > 1) builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (word, value) = (pair.Split('=', 2)[0], pair.Contains('=') ? pair[(pair.IndexOf('=') + 1)..] : "");
            builder[s_words.GetValueOrDefault(word) ?? word.Replace("_", "")] = Uri.UnescapeDataString(value);
        }
        return builder;
    }

    /// <summary>What the connection does not say. A database that does not answer is given up soon, to be asked again.</summary>
    static void SetDefaults(NpgsqlConnectionStringBuilder builder)
    {
        if (!builder.ShouldSerialize("Timeout")) builder.Timeout = 5;
        if (!builder.ShouldSerialize("Command Timeout")) builder.CommandTimeout = 10;
        if (!builder.ShouldSerialize("Cancellation Timeout")) builder.CancellationTimeout = 1_000;
        if (!builder.ShouldSerialize("Maximum Pool Size")) builder.MaxPoolSize = 16; // of the usual hundred, which other silos need, too
        if (!builder.ShouldSerialize("Max Auto Prepare")) builder.MaxAutoPrepare = 16;
        if (!builder.ShouldSerialize("Auto Prepare Min Usages")) builder.AutoPrepareMinUsages = 2;
        if (!builder.ShouldSerialize("Application Name")) builder.ApplicationName = "OrleansInfer";
        if (string.IsNullOrEmpty(builder.SearchPath)) builder.SearchPath = DefaultSchema;
        if (string.IsNullOrEmpty(builder.Database)) builder.Database = builder.Username;
    }
}
