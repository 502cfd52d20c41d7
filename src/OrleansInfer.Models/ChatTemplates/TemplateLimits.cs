namespace OrleansInfer.Models;

/// <summary>
/// What a template may use up. Templates come with checkpoints, so they are untrusted programs: each limit ends a render with a
/// <see cref="TemplateException"/>, and together they bound its time (under about a second) and memory (a few hundred MiB at worst).
/// </summary>
internal static class TemplateLimits
{
    /// <summary>Characters of a template; the longest published ones have about 20,000.</summary>
    public const int SourceLength = 1 << 20;

    /// <summary>Nesting of parentheses and blocks that the parser follows.</summary>
    public const int ParserDepth = 200;

    /// <summary>Nesting of evaluations, macro calls and container values.</summary>
    public const int RenderDepth = 1500;

    /// <summary>Evaluations of a render; work on text and lists counts too.</summary>
    public const int Steps = 5_000_000;

    /// <summary>Characters produced or searched that cost one step: 80 million characters exhaust a render.</summary>
    public const int CharactersPerStep = 16;

    /// <summary>Characters of one string, and of the whole output.</summary>
    public const int TextLength = 16 << 20;

    /// <summary>Items of a range; Jinja's own sandbox has the same limit.</summary>
    public const int RangeLength = 100_000;

    /// <summary>Size of an integer; Python's are unbounded.</summary>
    public const int IntegerBits = 4096;

    /// <summary>Decimal places in a number format.</summary>
    public const int Precision = 400;
}
