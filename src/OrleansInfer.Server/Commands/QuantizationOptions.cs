using System.CommandLine;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>--quantization and --keep of the verbs that load a model.</summary>
internal sealed class QuantizationOptions
{
    public const string Formats = "none, int8, int8-weight-only, int4, int4-g64 or int4-g128, the last three also with -asym";

    public const string KeepHelp = "Linears that are held in another way, as in lm_head=bfloat16,layers.0.*=int8.";

    readonly Option<string> _quantization = new("--quantization")
    {
        HelpName = "TYPE", Description = $"How weights are held: {Formats}. Default: none.",
    };

    readonly Option<string> _keep = new("--keep") { HelpName = "NAME=TYPE,...", Description = KeepHelp };

    public IEnumerable<Option> All => [_quantization, _keep];

    public (string? Quantization, string? Keep) Values(ParseResult parsed) => (parsed.GetValue(_quantization), parsed.GetValue(_keep));

    public ModelQuantization Read(ParseResult parsed) => Parse(parsed.GetValue(_quantization), parsed.GetValue(_keep));

    /// <exception cref="StartFault">It means nothing.</exception>
    public static ModelQuantization Parse(string? quantization, string? keep)
    {
        try
        {
            return ModelQuantization.Parse(quantization, keep);
        }
        catch (FormatException e)
        {
            throw new StartFault(e.Message);
        }
    }
}
