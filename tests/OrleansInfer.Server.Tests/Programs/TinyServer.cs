namespace OrleansInfer.Server.Tests;

/// <summary>One server over the tiny model for many tests.</summary>
public sealed class TinyServer : IAsyncLifetime
{
    readonly TempFolder _folder = new();
    RunningServer _server = null!;

    public HttpClient Http => _server.Http;

    internal RunningServer Process => _server;

    public async ValueTask InitializeAsync() =>
        _server = await RunningServer.Start(
            TinyModel.Write(_folder.File("tiny")), _folder.File("data"), "--kv-cache-mib", "64", "--dtype", "float32");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
