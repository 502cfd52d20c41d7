using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Spectre.Console;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// compare: our bench verb beside llama.cpp on the same weights. Every contestant has its turn in every case before the next round begins,
/// so that whatever else the machine does hits all alike; each result is printed as it comes, and medians at the end.
/// </summary>
internal sealed class CompareCommand
{
    const int Width = 160; // of the table, where there is no terminal

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
    readonly Option<string> _quantization = New("--quantization", "TYPE,...", "How ours hold their weights.", "none,int8,int4");
    readonly Option<int> _promptTokens = New("--prompt-tokens", "N", "Tokens in each prompt.", 128);
    readonly Option<int> _outputTokens = New("--output-tokens", "N", "Tokens generated for each.", 32);
    readonly Option<string> _cases = New(
        "--cases", "N,NxP,...", "Sequences that run together, and the tokens of their prompts where others are meant.", "1,8,16,32");

    readonly Option<int> _rounds = New("--rounds", "N", "How often each case is measured.", 3);
    readonly Option<string> _launcher = New(
        "--launcher", "COMMAND", "Runs each program, as in 'taskset -c 0,1' or 'flock /tmp/lock'.", "");

    public CompareCommand()
    {
        Command = new Command("compare", "Our bench verb beside llama.cpp (node-llama-cpp), on the same weights in one run.")
        {
            _model, _gguf, _peer, _dtype, _quantization, _promptTokens, _outputTokens, _cases, _rounds, _launcher,
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
        var contestants = Contestants(parsed);
        var usual = parsed.GetValue(_promptTokens);
        List<Case> cases = [.. parsed.GetValue(_cases)!.Split(',').Select(text => Case.Parse(text, usual))];
        var launcher = parsed.GetValue(_launcher)!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var standings = new Standings(contestants);
        for (var round = 1; round <= parsed.GetValue(_rounds); round++)
            foreach (var which in cases)
                foreach (var contestant in contestants)
                {
                    var rates = await contestant.Run(which, launcher);
                    standings.Add(contestant, which, rates);
                    Console.WriteLine($"round {round}, {which,-12} {contestant.Name,-24} {rates}");
                }
        Write(contestants, cases, standings);
    }

    List<Contestant> Contestants(ParseResult parsed)
    {
        var (peer, outputTokens) = (parsed.GetValue(_peer)!, parsed.GetValue(_outputTokens));
        CheckPeer(peer);
        var contestants = new List<Contestant>();
        foreach (var quantization in parsed.GetValue(_quantization)!.Split(','))
            contestants.Add(Contestant.Ours(parsed.GetValue(_model)!, parsed.GetValue(_dtype)!, quantization, outputTokens));
        foreach (var gguf in parsed.GetValue(_gguf)!.Split(','))
        {
            if (!File.Exists(gguf)) throw new ContestException($"There is no file '{gguf}'; --gguf takes files of llama.cpp.");
            contestants.Add(Contestant.LlamaCpp(gguf, peer, outputTokens));
        }
        return contestants;
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

    static void Write(List<Contestant> contestants, List<Case> cases, Standings standings)
    {
        var table = new Table { Title = new TableTitle("medians: prefill / decode, tokens a second") };
        table.AddColumn("sequences x prompt", column => column.RightAligned().NoWrap());
        foreach (var contestant in contestants)
            table.AddColumn(Markup.Escape(contestant.Name), column => column.RightAligned().NoWrap());
        foreach (var which in cases)
            table.AddRow([$"{which}", .. contestants.Select(contestant => $"{standings.Median(contestant, which)}")]);
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, Width);
        AnsiConsole.Write(table);
        foreach (var line in cases.SelectMany(which => Target.All.Select(target => target.Describe(standings, which))))
            if (line is not null) Console.WriteLine(line);
    }

    static Option<T> New<T>(string name, string helpName, string description, T value) => new(name)
    {
        HelpName = helpName, Description = value is "" ? description : $"{description} Default: {value}.", DefaultValueFactory = _ => value,
    };
}
