using System.Diagnostics;
using System.Text;

namespace OrleansInfer.Server.Tests;

/// <summary>A server in a process of its own, on a free port.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    readonly Process _process;
    readonly StringBuilder _errors = new();

    RunningServer(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => { lock (_errors) _errors.AppendLine(line.Data); };
        process.BeginErrorReadLine();
    }

    public HttpClient Http { get; private set; } = null!;

    public Uri Address => Http.BaseAddress!;

    public int Pid => _process.Id;

    /// <summary>What it has logged.</summary>
    public string Log { get { lock (_errors) return _errors.ToString(); } }

    /// <summary>All that it wrote when it was ready.</summary>
    public string Notice { get; private set; } = "";

    /// <param name="data">A folder, or a store: "sqlite:PATH", "postgres:CONNECTION", "redis:CONNECTION".</param>
    public static Task<RunningServer> Start(string model, string data, params string[] more) =>
        Start(model, data, new Dictionary<string, string>(), more);

    public static async Task<RunningServer> Start(
        string model, string data, IReadOnlyDictionary<string, string> environment, params string[] more)
    {
        var where = data.Contains(':') ? "--store" : "--data";
        var start = ServerProgramFile.StartInfo(["--urls", "http://127.0.0.1:0", "--model", model, where, data, .. more]);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        var server = new RunningServer(process);
        await server.WaitUntilReady();
        return server;
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM.</summary>
    public async Task<int> Stop()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await Kill();
        _process.Dispose();
        Http?.Dispose();
    }

    async Task WaitUntilReady()
    {
        var notice = new StringBuilder();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            notice.AppendLine(line);
            if (!line.StartsWith("curl ", StringComparison.Ordinal)) continue;
            Notice = notice.ToString();
            Http = new HttpClient { BaseAddress = new Uri(Notice.Split("is ready on ")[1].Split('\n')[0].Trim()),
                Timeout = TimeSpan.FromSeconds(60) };
            return;
        }
        await _process.WaitForExitAsync();
        lock (_errors) throw new InvalidOperationException($"The server ended with {_process.ExitCode}: {_errors}");
    }
}
