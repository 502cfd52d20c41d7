using System.Globalization;

namespace OrleansInfer.Models;

/// <summary>Python's `repr` of strings: single quotes unless double ones save a backslash, escapes for what does not print.</summary>
internal static class PythonRepr
{
    public static void Write(TextBuilder builder, StringValue value)
    {
        string text = value.Text;
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        if (value.IsMarkup)
            builder.Append("Markup(");
        builder.Append(quote);
        var origins = new OriginCursor(value.Untrusted);
        for (int i = 0; i < text.Length;)
        {
            int width = CodePoints.Width(text, i);
            if (Escape(text, i, quote) is { } escape)
                builder.Append(escape, origins.IsUntrusted(i));
            else
                builder.Append(value, i, i + width);
            i += width;
        }
        builder.Append(quote);
        if (value.IsMarkup)
            builder.Append(')');
    }

    static string? Escape(string text, int index, char quote)
    {
        char c = text[index];
        if (c == quote || c == '\\')
            return "\\" + c;
        if (c is >= ' ' and <= '~')
            return null;
        int codePoint = CodePoints.At(text, index);
        return c switch
        {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ when IsPrintable(codePoint) => null,
            _ when codePoint <= 0xFF => $"\\x{codePoint:x2}",
            _ when codePoint <= 0xFFFF => $"\\u{codePoint:x4}",
            _ => $"\\U{codePoint:x8}",
        };
    }

    static bool IsPrintable(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
