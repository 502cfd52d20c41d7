using System.Text;

namespace OrleansInfer.Models;

/// <summary>Python counts, cuts and compares strings by code point; .NET stores UTF-16. A lone surrogate counts as one.</summary>
internal static class CodePoints
{
    static bool HasNone(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0;

    /// <summary>UTF-16 units of the code point at <paramref name="offset"/>.</summary>
    public static int Width(string text, int offset) =>
        char.IsHighSurrogate(text[offset]) && offset + 1 < text.Length && char.IsLowSurrogate(text[offset + 1]) ? 2 : 1;

    public static int Count(string text) => HasNone(text) ? text.Length : IndexOf(text, text.Length);

    /// <summary>Code points before a UTF-16 offset.</summary>
    public static int IndexOf(string text, int offset)
    {
        if (HasNone(text))
            return offset;
        int count = 0;
        for (int i = 0; i < offset; i += Width(text, i))
            count++;
        return count;
    }

    /// <summary>The UTF-16 offset of a code point.</summary>
    public static int Offset(string text, int index)
    {
        if (HasNone(text))
            return index;
        int offset = 0;
        while (index-- > 0)
            offset += Width(text, offset);
        return offset;
    }

    /// <summary>Order by code point. UTF-16 order differs from it where surrogates meet U+E000 and above.</summary>
    public static int Compare(string a, string b)
    {
        int i = a.AsSpan().CommonPrefixLength(b);
        if (i == a.Length || i == b.Length)
            return a.Length - b.Length;
        bool x = char.IsSurrogate(a[i]), y = char.IsSurrogate(b[i]);
        return x == y ? a[i] - b[i] : x ? 1 : -1;
    }

    /// <summary>The code point at an offset; a lone surrogate is itself.</summary>
    public static int At(string text, int offset) =>
        Rune.TryGetRuneAt(text, offset, out var rune) ? rune.Value : text[offset];
}
