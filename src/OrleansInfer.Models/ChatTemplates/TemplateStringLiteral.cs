using System.Globalization;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>Reads a string literal with Python's escapes; an unknown escape stays as it is written.</summary>
internal static class TemplateStringLiteral
{
    public static string Read(TemplateSource source)
    {
        char quote = source.Read();
        var text = new StringBuilder();
        while (!source.AtEnd)
        {
            char c = source.Read();
            if (c == quote)
                return text.ToString();
            if (c == '\\')
                text.Append(ReadEscape(source));
            else
                text.Append(c);
        }
        throw source.Fault("a string is not closed");
    }

    static string ReadEscape(TemplateSource source)
    {
        char c = source.Read();
        return c switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            'a' => "\a",
            '\n' => "",
            '\\' or '\'' or '"' => c.ToString(),
            'x' => CodePoint(source, 2),
            'u' => CodePoint(source, 4),
            'U' => CodePoint(source, 8),
            >= '0' and <= '7' => Octal(source, c),
            _ => "\\" + c,
        };
    }

    static string CodePoint(TemplateSource source, int digits)
    {
        var text = source.Text.AsSpan(source.Position, Math.Min(digits, source.Text.Length - source.Position));
        if (text.Length < digits || !int.TryParse(text, NumberStyles.AllowHexSpecifier, null, out int value) || value is < 0 or > 0x10FFFF)
            throw source.Fault("a string holds a bad escape");
        source.AdvanceTo(source.Position + digits);
        return value is >= 0xD800 and <= 0xDFFF ? ((char)value).ToString() : char.ConvertFromUtf32(value);
    }

    static string Octal(TemplateSource source, char first)
    {
        int value = first - '0';
        for (int i = 0; i < 2 && source.Current is >= '0' and <= '7'; i++)
            value = value * 8 + source.Read() - '0';
        return ((char)value).ToString();
    }
}
