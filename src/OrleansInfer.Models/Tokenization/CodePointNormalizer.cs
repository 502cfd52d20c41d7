using System.Globalization;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>Rewrites a text one code point at a time.</summary>
internal sealed class CodePointNormalizer(Func<Rune, string> rewrite) : Normalizer
{
    /// <summary>Lower case without context: a final sigma is like any other, and only U+0130 becomes two code points.</summary>
    public static CodePointNormalizer Lowercase { get; } =
        new(rune => rune.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString());

    public static CodePointNormalizer StripAccents { get; } = new(rune => IsMark(rune) ? "" : rune.ToString());

    public override string Apply(string text)
    {
        var rewritten = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            rewritten.Append(rewrite(rune));
        return rewritten.ToString();
    }

    static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
