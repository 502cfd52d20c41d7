using System.CommandLine;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>quantize: writes a checkpoint whose weights are integers, which this and other programs read.</summary>
internal sealed class QuantizeCommand
{
    readonly Option<string> _model = ModelOption.New();
    readonly Option<string> _to = new("--to")
    {
        HelpName = "TYPE", Required = true, Description = $"How weights are to be held: {QuantizationOptions.Formats}.",
    };

    readonly Option<string> _keep = new("--keep") { HelpName = "NAME=TYPE,...", Description = QuantizationOptions.KeepHelp };

    readonly Option<string> _output = new("--output") { HelpName = "DIR", Required = true, Description = "The folder to make." };

    public QuantizeCommand()
    {
        Command = new Command("quantize", "Write a quantized checkpoint, in the compressed-tensors layout.")
        {
            _model, _to, _keep, _output,
        };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    int Run(ParseResult parsed)
    {
        var (folder, output) = (ModelOption.Folder(parsed, _model), parsed.GetValue(_output)!);
        var quantization = QuantizationOptions.Parse(parsed.GetValue(_to), parsed.GetValue(_keep));
        ModelLoading.Show(progress =>
        {
            QuantizedCheckpointWriter.Write(folder, output, quantization, progress);
            return output;
        }, "Quantizing the model");
        Console.WriteLine($"{output} is {quantization}.");
        return 0;
    }
}
