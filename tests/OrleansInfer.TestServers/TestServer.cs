namespace OrleansInfer.TestServers;

/// <summary>
/// A server on loopback, in a folder of its own: started by the first who asks, stopped and removed at the end. It asks for passwords.
/// </summary>
public abstract class TestServer(string name) : IAsyncDisposable
{
    readonly Lazy<string> _folder = new(() => Directory.CreateTempSubdirectory($"orleansinfer-{name}-").FullName);
    readonly SemaphoreSlim _gate = new(1);
    ServerProcess? _process;

    public int Port { get; private set; }

    protected string Folder => _folder.Value;

    /// <summary>Takes it up again with what it had, on its port.</summary>
    /// <exception cref="MissingServerException">It is not installed.</exception>
    public async Task Start()
    {
        await _gate.WaitAsync();
        try
        {
            if (_process is not null) return;
            if (Port == 0) Port = await Prepare();
            _process = await Launch();
            await _process.WaitUntil(Answer);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends it as a crash would.</summary>
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
        GC.SuppressFinalize(this);
    }

    /// <summary>Once, before the first start.</summary>
    /// <returns>The port it is to have.</returns>
    private protected virtual Task<int> Prepare() => Task.FromResult(ServerProcess.FreePort());

    private protected abstract Task<ServerProcess> Launch();

    /// <summary>Throws until it answers.</summary>
    private protected abstract Task Answer();
}
