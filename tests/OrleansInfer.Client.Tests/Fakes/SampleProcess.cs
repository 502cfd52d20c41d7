using System.Diagnostics;
using System.Text.Json.Nodes;

namespace OrleansInfer.Client.Tests;

/// <summary>The sample program as a process of its own; ended with the test, whatever becomes of that.</summary>
internal sealed class SampleProcess : IDisposable
{
    static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "OrleansInfer.Client.Sample.dll");

    readonly Process _process;
    readonly Task<string> _errors;

    public SampleProcess(int gatewayPort, params string[] request)
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [s_program, $"{gatewayPort}", .. request])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>All that it prints, when it has ended well.</summary>
    public async Task<List<JsonNode>> LinesAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync();
        await _process.WaitForExitAsync();
        Assert.True(_process.ExitCode == 0, $"exit code {_process.ExitCode}: {await _errors}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
