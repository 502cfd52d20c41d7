using System.CommandLine;
using System.Globalization;
using OrleansInfer.Engine;
using OrleansInfer.Kernels;
using OrleansInfer.Models;

namespace OrleansInfer.Benchmarks;

/// <summary>
/// machine: how near decoding comes to what the machine can do, in one run. One sequence is bound by the read of the weights, many by the
/// linears' arithmetic.
/// </summary>
internal sealed class MachineCommand
{
    const int Many = 64, PromptTokens = 32, Steps = 16;

    readonly Option<string> _model = new("--model") { HelpName = "DIR", Required = true, Description = "Hugging Face folder." };
    readonly Option<string> _quantization = new("--quantization")
    {
        HelpName = "TYPE,...", Description = "How weights are held. Default: none,int8,int4.", DefaultValueFactory = _ => "none,int8,int4",
    };

    public MachineCommand()
    {
        Command = new Command("machine", "Decoding beside the machine: bytes read a second, and the linears alone.")
        {
            _model, _quantization,
        };
        Command.SetAction(parsed => Run(parsed.GetValue(_model)!, parsed.GetValue(_quantization)!.Split(',')));
    }

    public Command Command { get; }

    static void Run(string folder, string[] quantizations)
    {
        var memory = new MemoryRead();
        foreach (var quantization in quantizations) Measure(folder, quantization, memory);
    }

    static void Measure(string folder, string quantization, MemoryRead memory)
    {
        using var model = LoadedModel.Load(folder, DataType.BFloat16, ModelQuantization.Parse(quantization, keep: null));
        var engine = new LLMEngine(model.Network, new EngineOptions { MaxNumSeqs = Many });
        var before = memory.BytesPerSecond();
        var one = StepSplit.Measure(engine, StepSplit.Greedy, sequences: 1, PromptTokens, Steps).Total / 1e6;
        var read = Math.Max(before, memory.BytesPerSecond()); // others may be at the memory, too
        var alone = LinearsAlone.Milliseconds(model, Many);
        var many = StepSplit.Measure(engine, StepSplit.Greedy, Many, PromptTokens, Steps).Total / 1e3;
        var rate = model.WeightBytes / one;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{quantization}: a plain read {read / 1e9:f1} GB/s; decode of 1 reads {model.WeightBytes / 1e6:f0} MB of weights at "
            + $"{rate / 1e9:f1} GB/s, {100 * rate / read:f0} % of it (target 80); a step of {Many} is {many:f1} ms, its linears alone are "
            + $"{alone:f1} ms, {100 * alone / many:f0} % of it (target 75)"));
    }
}
