using System.CommandLine;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>--quantization, --keep and --kv-dtype of the verbs that load a model.</summary>
internal sealed class QuantizationOptions
{
    public const string Formats = "none, int8, int8-weight-only, int4, int4-g64 or int4-g128, the last three also with -asym";

    public const string KvDtypeHelp = "How keys and values are held: bfloat16, int8 or float32. Default: as the arithmetic is.";

    public const string KeepHelp = "Linears that are held in another way, as in lm_head=bfloat16,layers.0.*=int8.";

    readonly Option<string> _quantization = new("--quantization")
    {
        HelpName = "TYPE", Description = $"How weights are held: {Formats}. Default: none.",
    };

    readonly Option<string> _keep = new("--keep") { HelpName = "NAME=TYPE,...", Description = KeepHelp };

    readonly Option<string> _kvDtype = new("--kv-dtype") { HelpName = "TYPE", Description = KvDtypeHelp };

    public QuantizationOptions() => _kvDtype.AcceptOnlyFromAmong("bfloat16", "int8", "float32");

    public IEnumerable<Option> All => [_quantization, _keep, _kvDtype];

    public void Set(ServerOptions options, ParseResult parsed) => (options.Quantization, options.Keep, options.KvDtype) =
        (parsed.GetValue(_quantization), parsed.GetValue(_keep), parsed.GetValue(_kvDtype));

    public ModelQuantization Read(ParseResult parsed)
    {
        var options = new ServerOptions();
        Set(options, parsed);
        return Parse(options);
    }

    /// <exception cref="StartFault">It means nothing.</exception>
    public static ModelQuantization Parse(ServerOptions options) => Parse(options.Quantization, options.Keep, options.KvDtype);

    /// <exception cref="StartFault">It means nothing.</exception>
    public static ModelQuantization Parse(string? quantization, string? keep, string? kvType = null)
    {
        try
        {
            return ModelQuantization.Parse(quantization, keep, kvType);
        }
        catch (FormatException e)
        {
            throw new StartFault(e.Message);
        }
    }
}
