using System.IO.Enumeration;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>How the linears of a model are to be held, one format for all and exceptions by name, and its KV cache.</summary>
public sealed class ModelQuantization
{
    readonly QuantizationFormat _format;
    readonly IReadOnlyList<(string Pattern, QuantizationFormat Format)> _kept;

    ModelQuantization(QuantizationFormat format, IReadOnlyList<(string Pattern, QuantizationFormat Format)> kept) =>
        (_format, _kept) = (format, kept);

    /// <summary>The type of the KV cache. Null: the one of the arithmetic.</summary>
    public DataType? KvType { get; private init; }

    /// <summary>As the checkpoint has them.</summary>
    public static ModelQuantization None { get; } = new(QuantizationFormat.None, []);

    /// <summary>Of the linears nothing is asked for: the checkpoint decides.</summary>
    public bool IsNone => _format == QuantizationFormat.None && _kept.Count == 0;

    /// <summary>All linears take one format, whatever their names.</summary>
    internal bool HasFormat => _format != QuantizationFormat.None;

    /// <param name="quantization">
    /// none (null, too), int8 (8-bit weights and activations), int8-weight-only, int4 (groups of 32), int4-g64 or int4-g128, the last three
    /// also with the suffix -asym (zero points). With int4 the output head is int8: it is the matrix that rounding hurts most.
    /// </param>
    /// <param name="keep">
    /// Exceptions, as in "lm_head=bfloat16,layers.0.*=int8": patterns (* and ?) of module names without the leading "model.", and a format
    /// or bfloat16. The last pattern that fits a name decides.
    /// </param>
    /// <param name="kvType">Of the KV cache: bfloat16, int8 or float32. Null: the type of the arithmetic.</param>
    /// <exception cref="FormatException">It means nothing; the message says why, in one line.</exception>
    public static ModelQuantization Parse(string? quantization, string? keep = null, string? kvType = null) =>
        new(Format(quantization ?? "none"), string.IsNullOrEmpty(keep) ? [] : [.. keep.Split(',').Select(Kept)])
        {
            KvType = kvType switch
            {
                null => null,
                "bfloat16" => DataType.BFloat16,
                "int8" => DataType.Int8,
                "float32" => DataType.Float32,
                _ => throw new FormatException($"There is no KV cache of '{kvType}'; there are bfloat16, int8, float32."),
            },
        };

    /// <summary>The linears', not the KV cache's.</summary>
    public override string ToString() => string.Join(", keep ", (string[])
        [_format.Name, .. _kept.Count == 0 ? [] : (string[])[string.Join(',', _kept.Select(k => $"{k.Pattern}={k.Format.Name}"))]]);

    internal QuantizationFormat FormatOf(LinearPart part) => Exception(part) ?? Default(part);

    /// <summary>What a pattern says of the linear; null when none fits.</summary>
    internal QuantizationFormat? Exception(LinearPart part) =>
        _kept.LastOrDefault(kept => Fits(kept.Pattern, part.ShortName)).Format;

    /// <summary>A pattern that fits none of the linears: a name that is misspelt.</summary>
    internal string? PatternWithoutMatch(IReadOnlyCollection<LinearPart> parts) =>
        _kept.FirstOrDefault(kept => !parts.Any(part => Fits(kept.Pattern, part.ShortName))).Pattern;

    QuantizationFormat Default(LinearPart part) => part.Name == "lm_head" && _format.Linear?.Bits == 4 ? QuantizationFormat.Int8 : _format;

    static bool Fits(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    static (string, QuantizationFormat) Kept(string text)
    {
        var parts = text.Split('=', StringSplitOptions.TrimEntries);
        if (parts is not [{ Length: > 0 } pattern, { Length: > 0 } format])
            throw new FormatException(
                $"--keep '{text}' is no exception; write it like lm_head=bfloat16 or layers.0.*=int8, with commas between.");
        return (pattern, Format(format));
    }

    static QuantizationFormat Format(string name) => QuantizationFormat.Find(name)
        ?? throw new FormatException($"There is no quantization '{name}'; there are {string.Join(", ", QuantizationFormat.Names)}.");
}
