using System.Globalization;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>The few Unicode questions whose answers differ between .NET and the libraries that tokenizers are trained with.</summary>
internal static class UnicodeText
{
    /// <summary>
    /// What <c>\w</c> is by Unicode's rule: alphabetic, marks, decimal digits, connectors. .NET's own lacks the letter
    /// numbers, the spacing marks and the circled letters. Fit for the inside of a character class.
    /// </summary>
    public const string WordClass =
        "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\u24B6-\u24E9\U0001F130-\U0001F149\U0001F150-\U0001F169\U0001F170-\U0001F189";

    /// <summary>Lone surrogates cannot be written in UTF-8: each becomes U+FFFD, as on every path into the reference library.</summary>
    public static string ReplaceLoneSurrogates(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            return text;
        StringBuilder? mended = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                (mended ??= new StringBuilder(text))[i] = '\uFFFD';
        }
        return mended?.ToString() ?? text;
    }

    public static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    public static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.LetterNumber => true,
        UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => false,
    };

    public static int CountCodePoints(string text) => text.Length - text.Count(char.IsLowSurrogate);

    /// <summary>The number of chars of the code point at <paramref name="index"/>.</summary>
    public static int CodePointLength(ReadOnlySpan<char> text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;
}
