using System.Diagnostics;
using System.Globalization;

namespace OrleansInfer.Server;

/// <summary>This program, serving in a process of its own on a free port, with a data folder that goes when it goes.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("orleansinfer-bench-");
    readonly Process _process;

    ChildServer(ServerOptions options)
    {
        _process = Process.Start(StartInfo(options))!;
        AppDomain.CurrentDomain.ProcessExit += Kill; // a signal to this process alone must not leave the server behind
    }

    public Uri Address { get; private set; } = null!;

    /// <exception cref="StartFault">It did not start; it has said why on the standard error.</exception>
    public static async Task<ChildServer> Start(ServerOptions options, CancellationToken cancellation)
    {
        var server = new ChildServer(options);
        try
        {
            server.Address = await server.WaitUntilReady(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= Kill;
        Kill(null, EventArgs.Empty);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _data.Delete(recursive: true);
    }

    ProcessStartInfo StartInfo(ServerOptions options)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(ChildServer).Assembly.Location);
        string[] args =
        [
            "serve", "--urls", "http://127.0.0.1:0", "--data", _data.FullName, "--model", options.Model, "--dtype", options.Dtype,
            "--max-num-seqs", Text(options.MaxNumSeqs), "--kv-cache-mib", Text(options.KvCacheMib),
        ];
        foreach (var arg in args) start.ArgumentList.Add(arg);
        Add("--quantization", options.Quantization);
        Add("--keep", options.Keep);
        Add("--kv-dtype", options.KvDtype);
        // Settings of a server that runs elsewhere (keys, tenants, sizes) are not for this one.
        foreach (var name in start.Environment.Keys.ToList())
            if (name.StartsWith(ServerOptions.Section + "__", StringComparison.OrdinalIgnoreCase)) start.Environment.Remove(name);
        return start;

        void Add(string option, string? value)
        {
            if (value is null) return;
            start.ArgumentList.Add(option);
            start.ArgumentList.Add(value);
        }
    }

    async Task<Uri> WaitUntilReady(CancellationToken cancellation)
    {
        const string Ready = " is ready on ";
        while (await _process.StandardOutput.ReadLineAsync(cancellation) is { } line)
            if (line.Split(Ready) is [_, var address]) return new Uri(address);
        throw new StartFault("The server did not start.");
    }

    void Kill(object? sender, EventArgs e) => _process.Kill();

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
