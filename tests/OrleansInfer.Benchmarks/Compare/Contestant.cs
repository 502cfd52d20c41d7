using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace OrleansInfer.Benchmarks;

/// <summary>A program that measures itself, in a process of its own for each measurement.</summary>
/// <param name="Args">How it is asked for a case.</param>
internal sealed record Contestant(string Name, bool IsOurs, string Program, Func<Case, IReadOnlyList<string>> Args)
{
    public static Contestant Ours(string model, string dtype, string quantization, int outputTokens) => new(
        $"OrleansInfer {(quantization == "none" ? dtype : quantization)}", IsOurs: true, "dotnet", which =>
        [
            Path.Combine(AppContext.BaseDirectory, "OrleansInfer.Server.dll"), "bench", "--json", "--model", model, "--dtype", dtype,
            "--quantization", quantization, "--prompt-tokens", Text(which.PromptTokens), "--output-tokens", Text(outputTokens),
            "--concurrency", Text(which.Sequences),
        ]);

    public static Contestant LlamaCpp(string gguf, string peerFolder, int outputTokens) => new(
        Path.GetFileName(gguf), IsOurs: false, "node", which =>
        [
            Path.Combine(AppContext.BaseDirectory, "Compare", "llama-bench.mjs"), Path.GetFullPath(peerFolder), Path.GetFullPath(gguf),
            Text(Environment.ProcessorCount), Text(which.PromptTokens), Text(outputTokens), Text(which.Sequences),
        ]);

    /// <param name="launcher">A command that runs the program that follows it; empty: none.</param>
    /// <exception cref="ContestException">It failed; it has said why on the standard error.</exception>
    public async Task<Rates> Run(Case which, IReadOnlyList<string> launcher)
    {
        List<string> command = [.. launcher, Program, .. Args(which)];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? Read(output) : throw new ContestException($"{Name} ended with exit code {process.ExitCode}.");
    }

    // Ours prints all its results in one object, llama-bench.mjs each by itself.
    static Rates Read(string output)
    {
        using var json = JsonDocument.Parse(output);
        return Rates.Of(json.RootElement.TryGetProperty("results", out var results) ? results[0] : json.RootElement);
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
