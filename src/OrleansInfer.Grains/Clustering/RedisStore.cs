using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace OrleansInfer.Grains;

/// <summary>
/// A Redis by which silos find each other, on one machine or many. It keeps no journal: what it has acknowledged it may forget in a
/// crash, which members and subscriptions can bear.
/// </summary>
public sealed class RedisStore : IDisposable
{
    static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(2);

    ConnectionMultiplexer? _connection;

    /// <param name="connection">StackExchange.Redis' connection string, or "//user:password@host:port/database".</param>
    /// <exception cref="ClusterException">It is neither.</exception>
    public RedisStore(string connection)
    {
        try
        {
            Settings = connection.StartsWith("//", StringComparison.Ordinal)
                ? OfUri(new Uri("redis:" + connection)) : ConfigurationOptions.Parse(connection);
            if (Settings.EndPoints.Count == 0) throw new FormatException();
            Settings.ClientName ??= "OrleansInfer";
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new ClusterException("What follows 'redis:' is no connection to a Redis: it looks like redis://:password@host:6379 or "
                + "'redis:host:6379,password=secret,ssl=true' (the words of StackExchange.Redis).");
        }
    }

    /// <summary>Host and port: what may be shown.</summary>
    public string Name => string.Join(", ", Settings.EndPoints.Select(NameOf));

    internal ConfigurationOptions Settings { get; }

    /// <summary>Of everybody in this process.</summary>
    internal IConnectionMultiplexer Connection => _connection ?? throw new InvalidOperationException("Connect comes first.");

    /// <summary>Connects; from now on a connection that breaks is made anew by itself.</summary>
    /// <exception cref="ClusterException">There is no Redis, or it does not let us in.</exception>
    public void Connect()
    {
        try
        {
            _connection = ConnectionMultiplexer.Connect(Settings);
            _connection.GetDatabase().Ping();
        }
        catch (RedisException e)
        {
            throw new ClusterException(Explain(e));
        }
    }

    public void Dispose() => _connection?.Dispose();

    string Explain(RedisException fault)
    {
        if (fault.Message.Contains("NOAUTH", StringComparison.Ordinal))
            return $"Redis at {Name} asks for a password, and the connection has none: redis://:password@host:6379.";
        if (fault.Message.Contains("WRONGPASS", StringComparison.Ordinal))
            return $"Redis at {Name} does not accept the user or password of the connection. Correct it.";
        if (fault is RedisServerException) return $"Redis at {Name} failed: {fault.Message}";
        // The driver does not say why it could not connect.
        return Settings.EndPoints.Select(FaultOf).FirstOrDefault(found => found is not null)
            ?? $"What listens on {Name} does not answer as a Redis does. Correct the host and port; where it wants TLS, add ssl=true.";
    }

    static string? FaultOf(EndPoint endpoint)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            return socket.ConnectAsync(endpoint).Wait(ProbePatience)
                ? null : $"Redis at {NameOf(endpoint)} does not answer. Check that it runs and that the network lets through to it.";
        }
        catch (AggregateException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return $"No Redis listens on {NameOf(endpoint)}. Start it, or correct the host and port.";
        }
        catch (AggregateException e)
        {
            return $"Redis at {NameOf(endpoint)} cannot be reached: {e.InnerException!.Message}.";
        }
    }

    static string NameOf(EndPoint endpoint) => endpoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : $"{endpoint}";

    static ConfigurationOptions OfUri(Uri uri)
    {
        var user = uri.UserInfo.Split(':', 2);
        var options = uri.Query is "" ? new() : ConfigurationOptions.Parse(uri.Query.TrimStart('?').Replace('&', ','));
        options.EndPoints.Add(uri.Host.Trim('[', ']'), uri.Port > 0 ? uri.Port : 6379);
        if (user[0] != "") options.User = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) options.Password = Uri.UnescapeDataString(user[1]);
        if (uri.AbsolutePath.Length > 1)
            options.DefaultDatabase = int.Parse(uri.AbsolutePath[1..], System.Globalization.CultureInfo.InvariantCulture);
        return options;
    }
}
