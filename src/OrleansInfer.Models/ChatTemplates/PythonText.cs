using System.Globalization;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>What Python's strings do that .NET's do otherwise: white space, stripping, splitting, lines and case.</summary>
internal static class PythonText
{
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>Strips white space, or any of the given characters, from the chosen ends.</summary>
    public static StringValue Strip(StringValue value, StringValue? characters, bool left, bool right)
    {
        string text = value.Text;
        var set = characters is null ? null : characters.Text.EnumerateRunes().ToHashSet();
        int start = 0, end = text.Length;
        while (left && start < end && Matches(start))
            start += CodePoints.Width(text, start);
        while (right && end > start && Matches(end - WidthBefore(text, end)))
            end -= WidthBefore(text, end);
        return value.Slice(start, end);

        bool Matches(int index) => set is null
            ? IsSpace(text[index])
            : set.Contains(Rune.TryGetRuneAt(text, index, out var rune) ? rune : Rune.ReplacementChar);
    }

    /// <summary>
    /// `split()` and `rsplit()` at white space; at most <paramref name="max"/> cuts, any number if negative. What is left after the
    /// last cut keeps the white space at its far end.
    /// </summary>
    public static List<TemplateValue> SplitAtSpace(StringValue value, int max, bool fromRight)
    {
        var parts = new List<TemplateValue>();
        string text = value.Text;
        int start = 0, end = text.Length;
        while (true)
        {
            while (start < end && IsSpace(text[fromRight ? end - 1 : start]))
                _ = fromRight ? end-- : start++;
            if (start == end)
                break;
            int cut = fromRight ? end : start;
            while (parts.Count != max && (fromRight ? cut > start && !IsSpace(text[cut - 1]) : cut < end && !IsSpace(text[cut])))
                cut += fromRight ? -1 : 1;
            if (parts.Count == max)
                cut = fromRight ? start : end;
            parts.Add(fromRight ? value.Slice(cut, end) : value.Slice(start, cut));
            (start, end) = fromRight ? (start, cut) : (cut, end);
        }
        if (fromRight)
            parts.Reverse();
        return parts;
    }

    /// <summary>`split(separator)` and `rsplit(separator)`; at most <paramref name="max"/> cuts, any number if negative.</summary>
    public static List<TemplateValue> Split(StringValue value, string separator, int max, bool fromRight)
    {
        if (separator.Length == 0)
            throw new TemplateException("empty separator");
        var parts = new List<TemplateValue>();
        int start = 0, end = value.Text.Length;
        while (parts.Count != max)
        {
            int at = fromRight
                ? value.Text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal)
                : value.Text.IndexOf(separator, start, StringComparison.Ordinal);
            if (at < 0)
                break;
            parts.Add(fromRight ? value.Slice(at + separator.Length, end) : value.Slice(start, at));
            (start, end) = fromRight ? (start, at) : (at + separator.Length, end);
        }
        parts.Add(value.Slice(start, end));
        if (fromRight)
            parts.Reverse();
        return parts;
    }

    public static List<TemplateValue> SplitLines(StringValue value, bool keepEnds = false)
    {
        var lines = new List<TemplateValue>();
        string text = value.Text;
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !IsLineEnd(text[end]))
                end++;
            int next = Math.Min(text.Length, end + (text.AsSpan(end).StartsWith("\r\n") ? 2 : 1));
            lines.Add(value.Slice(start, keepEnds ? next : end));
            start = next;
        }
        return lines;
    }

    /// <summary>`str.title`: a capital after everything that is no letter.</summary>
    public static StringValue Title(StringValue value)
    {
        var title = new StringBuilder(value.Text.Length);
        bool inWord = false;
        foreach (char c in value.Text)
        {
            title.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetter(c);
        }
        return value.Mapped(title.ToString());
    }

    public static StringValue Capitalize(StringValue value)
    {
        int first = value.Text.Length == 0 ? 0 : CodePoints.Width(value.Text, 0);
        return value.Mapped(value.Text[..first].ToUpperInvariant() + value.Text[first..].ToLowerInvariant());
    }

    public static StringValue SwapCase(StringValue value) => value.Mapped(string.Create(value.Text.Length, value.Text, (span, text) =>
    {
        for (int i = 0; i < span.Length; i++)
            span[i] = char.IsUpper(text[i]) ? char.ToLowerInvariant(text[i]) : char.ToUpperInvariant(text[i]);
    }));

    /// <summary>`isupper`, `islower`: some cased letters, all of that case.</summary>
    public static bool HasOnlyCase(string text, bool upper)
    {
        bool some = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            bool isUpper = category is UnicodeCategory.UppercaseLetter, isLower = category is UnicodeCategory.LowercaseLetter;
            if (category is UnicodeCategory.TitlecaseLetter || (upper ? isLower : isUpper))
                return false;
            some |= isUpper || isLower;
        }
        return some;
    }

    public static bool AllRunes(string text, Func<Rune, bool> predicate)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (!predicate(rune))
                return false;
        }
        return text.Length > 0;
    }

    static int WidthBefore(string text, int end) =>
        end > 1 && char.IsLowSurrogate(text[end - 1]) && char.IsHighSurrogate(text[end - 2]) ? 2 : 1;

    static bool IsLineEnd(char c) => c is '\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029';
}
