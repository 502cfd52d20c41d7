using System.Diagnostics;
using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>The sample of OrleansInfer.Client as a process of its own: somebody else's program.</summary>
internal sealed class ClientProcess : IDisposable
{
    // Where it was built: beside these tests it would miss what ASP.NET brings along for them.
    static readonly string s_program = Path.Combine(
        AppContext.BaseDirectory.Replace("OrleansInfer.Server.Tests", "OrleansInfer.Client.Sample"), "OrleansInfer.Client.Sample.dll");

    readonly Process _process;
    readonly Task<string> _errors;

    public ClientProcess(int gatewayPort, params string[] request) : this($"{gatewayPort}", request)
    {
    }

    /// <param name="gateways">Ports of this machine, with commas between.</param>
    public ClientProcess(string gateways, params string[] request)
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [s_program, gateways, .. request])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The next line that it prints, once it has. Null: it has ended.</summary>
    public async Task<JsonElement?> Next() =>
        await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
            ? JsonDocument.Parse(line).RootElement : null;

    /// <summary>The lines that are left, when it has ended well.</summary>
    public async Task<List<JsonElement>> Rest()
    {
        var lines = new List<JsonElement>();
        while (await Next() is { } line) lines.Add(line);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(_process.ExitCode == 0, $"The client ended with {_process.ExitCode}: {await _errors}");
        return lines;
    }

    public static string Text(IEnumerable<JsonElement> lines, int choice = 0) => string.Concat(
        from line in lines
        where line.TryGetProperty("text", out _) && (!line.TryGetProperty("choice", out var of) || of.GetInt32() == choice)
        select line.GetProperty("text").GetString());

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
