using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace OrleansInfer.Benchmarks;

/// <summary>compare: our bench verb beside llama.cpp on the same weights, one after the other, and a table of both.</summary>
internal sealed class CompareCommand
{
    readonly Option<string> _model = new("--model") { HelpName = "DIR", Required = true, Description = "Hugging Face folder." };
    readonly Option<string> _gguf = new("--gguf")
    {
        HelpName = "FILE,...", Required = true, Description = "The same weights for llama.cpp.",
    };

    readonly Option<string> _peer = new("--peer-folder")
    {
        HelpName = "DIR", Required = true, Description = "Where 'npm install node-llama-cpp' was run.",
    };

    readonly Option<string> _dtype = New("--dtype", "TYPE", "Our arithmetic.", "bfloat16");
    readonly Option<int> _promptTokens = New("--prompt-tokens", "N", "Tokens in each prompt.", 128);
    readonly Option<int> _outputTokens = New("--output-tokens", "N", "Tokens generated for each.", 32);
    readonly Option<string> _concurrency = New("--concurrency", "N,N,...", "Sequences that run together.", "1,8,16,32");

    public CompareCommand()
    {
        Command = new Command("compare", "Our bench verb beside llama.cpp (node-llama-cpp), on the same weights in one run.")
        {
            _model, _gguf, _peer, _dtype, _promptTokens, _outputTokens, _concurrency,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            await Compare(parsed);
            return 0;
        }
        catch (ContestException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    }

    async Task Compare(ParseResult parsed)
    {
        var peer = parsed.GetValue(_peer)!;
        CheckPeer(peer);
        var contest = new Contest(parsed.GetValue(_promptTokens), parsed.GetValue(_outputTokens), parsed.GetValue(_concurrency)!);
        List<Contestant> contestants = [Contestant.Ours(parsed.GetValue(_model)!, parsed.GetValue(_dtype)!, contest)];
        foreach (var gguf in parsed.GetValue(_gguf)!.Split(','))
        {
            if (!File.Exists(gguf)) throw new ContestException($"There is no file '{gguf}'; --gguf takes files of llama.cpp.");
            contestants.Add(Contestant.LlamaCpp(gguf, peer, contest));
        }
        var results = new List<IReadOnlyList<Rates>>();
        foreach (var contestant in contestants)
        {
            await Console.Error.WriteLineAsync($"{contestant.Name} ...");
            results.Add(await contestant.Run());
        }
        Write(contest, contestants, results);
    }

    static void CheckPeer(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "node_modules", "node-llama-cpp", "package.json")))
            throw new ContestException($"node-llama-cpp is not installed in '{folder}'. Install it (Node.js 20 or later) with: "
                + $"mkdir -p {folder} && cd {folder} && npm init -y && npm install node-llama-cpp");
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true })!;
            node.WaitForExit();
        }
        catch (Win32Exception)
        {
            throw new ContestException("There is no 'node' in the PATH; install Node.js 20 or later from https://nodejs.org.");
        }
    }

    // Ours comes first; the ratio is to the best of the others, whatever type its weights have.
    static void Write(Contest contest, List<Contestant> contestants, List<IReadOnlyList<Rates>> results)
    {
        var table = new Table
        {
            Title = new TableTitle($"prefill / decode, tokens a second; {contest.PromptTokens} + {contest.OutputTokens} tokens"),
        };
        table.AddColumn("at a time", column => column.RightAligned());
        foreach (var name in contestants.Select(contestant => contestant.Name).Append("ours to the best"))
            table.AddColumn(Markup.Escape(name), column => column.RightAligned().NoWrap());
        for (var i = 0; i < results[0].Count; i++)
        {
            var (ours, others) = (results[0][i], results.Skip(1).Select(rates => rates[i]).ToList());
            var ratio = string.Create(CultureInfo.InvariantCulture,
                $"{ours.Prefill / others.Max(rates => rates.Prefill):f2} / {ours.Decode / others.Max(rates => rates.Decode):f2}");
            table.AddRow([$"{ours.Concurrency}", .. results.Select(rates => rates[i].ToString()), ratio]);
        }
        AnsiConsole.Write(table);
        if (File.Exists("/proc/loadavg")) Console.WriteLine($"Load of the machine at the end: {File.ReadAllText("/proc/loadavg").Trim()}");
    }

    static Option<T> New<T>(string name, string helpName, string description, T value) =>
        new(name) { HelpName = helpName, Description = $"{description} Default: {value}.", DefaultValueFactory = _ => value };
}
