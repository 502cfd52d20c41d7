using System.Diagnostics;
using System.Text.Json;

namespace OrleansInfer.Benchmarks;

/// <summary>A program that measures itself, in a process of its own.</summary>
/// <param name="Read">Its standard output to its rates.</param>
internal sealed record Contestant(string Name, string Program, IReadOnlyList<string> Args, Func<string, IReadOnlyList<Rates>> Read)
{
    public static Contestant Ours(string model, string dtype, Contest contest) => new(
        $"OrleansInfer {dtype}",
        "dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "OrleansInfer.Server.dll"), "bench", "--json", "--model", model, "--dtype", dtype,
            "--prompt-tokens", $"{contest.PromptTokens}", "--output-tokens", $"{contest.OutputTokens}",
            "--concurrency", contest.Concurrency,
        ],
        output => [.. JsonDocument.Parse(output).RootElement.GetProperty("results").EnumerateArray().Select(Rates.Of)]);

    public static Contestant LlamaCpp(string gguf, string peerFolder, Contest contest) => new(
        Path.GetFileName(gguf),
        "node",
        [
            Path.Combine(AppContext.BaseDirectory, "Compare", "llama-bench.mjs"), Path.GetFullPath(peerFolder), gguf,
            $"{Environment.ProcessorCount}", $"{contest.PromptTokens}", $"{contest.OutputTokens}", contest.Concurrency,
        ],
        output => [.. Lines(output).Select(line => Rates.Of(JsonDocument.Parse(line).RootElement))]);

    static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <exception cref="ContestException">It failed; it has said why on the standard error.</exception>
    public async Task<IReadOnlyList<Rates>> Run()
    {
        var start = new ProcessStartInfo(Program, Args) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? Read(output) : throw new ContestException($"{Name} ended with exit code {process.ExitCode}.");
    }
}
