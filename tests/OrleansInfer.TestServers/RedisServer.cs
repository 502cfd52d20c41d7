using System.Net.Sockets;

namespace OrleansInfer.TestServers;

/// <summary>
/// Redis on loopback, in a folder of its own: started by the first who asks, stopped and removed at the end. It asks for a password.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    public const string Password = "tests-secret";

    readonly Lazy<string> _folder = new(() => Directory.CreateTempSubdirectory("orleansinfer-redis-").FullName);
    readonly SemaphoreSlim _gate = new(1);
    ServerProcess? _process;

    public int Port { get; private set; }

    /// <summary>As StackExchange.Redis wants it.</summary>
    public string Connection => $"127.0.0.1:{Port},password={Password}";

    /// <summary>Takes it up again with what it had, on its port.</summary>
    /// <exception cref="MissingServerException">Redis is not installed.</exception>
    public async Task Start()
    {
        await _gate.WaitAsync();
        try
        {
            if (_process is not null) return;
            if (Port == 0) Port = ServerProcess.FreePort();
            _process = await ServerProcess.Start("KILL", Program, "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder.Value,
                "--appendonly", "yes", "--appendfsync", "no", "--requirepass", Password);
            await _process.WaitUntil(async () =>
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", Port);
            });
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>kill -9.</summary>
    public async Task Crash()
    {
        await _process!.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await Crash();
        if (_folder.IsValueCreated) Directory.Delete(_folder.Value, recursive: true);
        _gate.Dispose();
    }

    static string Program =>
        new[] { "/usr/bin/redis-server", "/usr/local/bin/redis-server", "/usr/bin/valkey-server" }.FirstOrDefault(File.Exists)
        ?? throw new MissingServerException("Redis is not installed: apt-get install -y redis-server");
}
