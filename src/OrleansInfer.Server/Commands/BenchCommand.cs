using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace OrleansInfer.Server;

/// <summary>
/// bench: how fast a model is on this machine, alone (--through engine) or behind the whole server (--through http). The standard output
/// is the result; what is done meanwhile goes to the standard error.
/// </summary>
internal sealed class BenchCommand
{
    const string Engine = "engine", Http = "http";

    readonly Option<string> _model = ModelOption.New();
    readonly Option<string> _dtype = New<string>("--dtype", "TYPE", "Arithmetic: bfloat16 (default) or float32.");
    readonly QuantizationOptions _quantization = new();
    readonly Option<int?> _promptTokens = New<int?>("--prompt-tokens", "N", "Random tokens in each prompt. Default: 128.");
    readonly Option<int?> _outputTokens = New<int?>("--output-tokens", "N", "Tokens generated for each. Default: 32.");
    readonly Option<string> _through = New<string>("--through", "PATH",
        "engine (default): in this process. http: a whole server in a process of its own, and one stream for each sequence.");
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of a table." };

    readonly Option<IReadOnlyList<int>> _concurrency = new("--concurrency")
    {
        HelpName = "N,N,...",
        Description = "Sequences that run together, one measurement each. Default: 1,8,16,32.",
        CustomParser = Counts,
    };

    public BenchCommand()
    {
        _dtype.AcceptOnlyFromAmong("bfloat16", "float32");
        _through.AcceptOnlyFromAmong(Engine, Http);
        Command = new Command("bench", "Measure how fast the model runs on this machine.")
        {
            _model, _dtype, _promptTokens, _outputTokens, _concurrency, _through, _json,
        };
        foreach (var option in _quantization.All) Command.Add(option);
        Command.SetAction(Run);
    }

    public Command Command { get; }

    async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        var plan = Plan(parsed);
        var report = new BenchReport(plan);
        await using var target = await Open(parsed.GetValue(_through) ?? Engine, plan, cancellation);
        var bench = new Bench(target, plan, TimeProvider.System);
        foreach (var concurrency in plan.Concurrency)
        {
            await Console.Error.WriteLineAsync($"Measuring {concurrency} at a time ...");
            report.Add(await bench.Measure(concurrency, cancellation));
        }
        await using var output = StandardStreams.OpenOutput();
        if (parsed.GetValue(_json)) report.WriteJson(output);
        else report.WriteTable(output);
        return 0;
    }

    static async Task<BenchTarget> Open(string through, BenchPlan plan, CancellationToken cancellation)
    {
        await Console.Error.WriteLineAsync(through == Http ? "Starting a server ..." : $"Loading {plan.Server.Model} ...");
        return through == Http ? await HttpBench.Start(plan, cancellation) : new EngineBench(plan);
    }

    BenchPlan Plan(ParseResult parsed)
    {
        var options = new ServerOptions { Model = ModelOption.Folder(parsed, _model), Dtype = parsed.GetValue(_dtype) ?? "bfloat16" };
        _quantization.Set(options, parsed);
        return BenchPlan.Of(
            options, parsed.GetValue(_promptTokens) ?? 128, parsed.GetValue(_outputTokens) ?? 32,
            parsed.GetValue(_concurrency) ?? [1, 8, 16, 32]);
    }

    static IReadOnlyList<int> Counts(ArgumentResult argument)
    {
        var counts = new List<int>();
        foreach (var text in argument.Tokens[0].Value.Split(','))
        {
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count is > 0 and <= BenchPlan.MaxSequences)
                counts.Add(count);
            else argument.AddError(
                $"'{text}' is no count of sequences; --concurrency takes numbers from 1 to {BenchPlan.MaxSequences}, as in 1,8,16,32.");
        }
        return counts;
    }

    static Option<T> New<T>(string name, string helpName, string description) =>
        new(name) { HelpName = helpName, Description = description };
}
