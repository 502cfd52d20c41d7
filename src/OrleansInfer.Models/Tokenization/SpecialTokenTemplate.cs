namespace OrleansInfer.Models;

/// <summary>The ids that are put around an encoded text when special tokens are asked for.</summary>
internal sealed record SpecialTokenTemplate(IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix)
{
    public static SpecialTokenTemplate None { get; } = new([], []);

    /// <summary>What a later processor puts around what this one made.</summary>
    public SpecialTokenTemplate Within(SpecialTokenTemplate outer) =>
        new([.. outer.Prefix, .. Prefix], [.. Suffix, .. outer.Suffix]);

    /// <summary>The template with the token first, or without it there; unchanged when nothing is wished.</summary>
    public SpecialTokenTemplate WithFirst(int? token, bool? wished)
    {
        var has = token is not null && Prefix.Count > 0 && Prefix[0] == token;
        return (token, wished, has) switch
        {
            ({ } id, true, false) => this with { Prefix = [id, .. Prefix] },
            ({ }, false, true) => this with { Prefix = [.. Prefix.Skip(1)] },
            _ => this,
        };
    }

    /// <summary>The template with the token last, or without it there; unchanged when nothing is wished.</summary>
    public SpecialTokenTemplate WithLast(int? token, bool? wished)
    {
        var has = token is not null && Suffix.Count > 0 && Suffix[^1] == token;
        return (token, wished, has) switch
        {
            ({ } id, true, false) => this with { Suffix = [.. Suffix, id] },
            ({ }, false, true) => this with { Suffix = [.. Suffix.SkipLast(1)] },
            _ => this,
        };
    }
}
