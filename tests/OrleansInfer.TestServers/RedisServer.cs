using System.Net.Sockets;

namespace OrleansInfer.TestServers;

/// <summary>Redis. A crash is kill -9.</summary>
public sealed class RedisServer() : TestServer("redis")
{
    public const string Password = "tests-secret";

    /// <summary>As StackExchange.Redis wants it.</summary>
    public string Connection => $"127.0.0.1:{Port},password={Password}";

    private protected override Task<ServerProcess> Launch() => ServerProcess.Start(
        "KILL", Program, "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", Folder,
        "--appendonly", "yes", "--appendfsync", "no", "--requirepass", Password);

    private protected override async Task Answer()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", Port);
    }

    static string Program =>
        new[] { "/usr/bin/redis-server", "/usr/local/bin/redis-server", "/usr/bin/valkey-server" }.FirstOrDefault(File.Exists)
        ?? throw new MissingServerException("Redis is not installed: apt-get install -y redis-server");
}
