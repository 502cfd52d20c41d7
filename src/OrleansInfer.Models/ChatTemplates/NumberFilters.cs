using System.Globalization;
using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>The filters that make a number of their value.</summary>
internal static class NumberFilters
{
    public static readonly Builtin[] All =
    [
        new("int", ["default", "base"], (value, call) => ToInteger(value, call) ?? call[0] ?? new IntValue(0)),
        new("float", ["default"], (value, call) => ToFloat(value) ?? call[0] ?? new FloatValue(0)),
        new("abs", [], (value, _) => Absolute(value)),
        new("round", ["precision", "method"], Round),
    ];

    /// <summary>Towards zero; infinities and NaN have no whole part.</summary>
    public static IntValue Truncated(double value) => double.IsFinite(value)
        ? new IntValue(new BigInteger(value))
        : throw new TemplateException("cannot convert float infinity or NaN to integer");

    static IntValue? ToInteger(TemplateValue value, BuiltinArguments call) => value switch
    {
        { Integer: { } number } => new IntValue(number),
        StringValue text => ParseInteger(text.Text, call.Size(1, 10)) ?? WholePart(ToFloat(text)),
        FloatValue number => WholePart(number),
        UndefinedValue undefined => throw undefined.Fault,
        _ => null,
    };

    static IntValue? WholePart(FloatValue? number) => number is not null && double.IsFinite(number.Value) ? Truncated(number.Value) : null;

    static FloatValue? ToFloat(TemplateValue value) => value switch
    {
        { Number: { } number } => new FloatValue(number),
        StringValue text => ParseFloat(text.Text),
        UndefinedValue undefined => throw undefined.Fault,
        _ => null,
    };

    static FloatValue? ParseFloat(string text)
    {
        string digits = Stripped(text);
        string word = digits.TrimStart('+', '-').ToLowerInvariant();
        if (word is "inf" or "infinity" or "nan")
            return new FloatValue(word == "nan" ? double.NaN : digits[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity);
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(digits, style, CultureInfo.InvariantCulture, out double number) ? new FloatValue(number) : null;
    }

    static IntValue? ParseInteger(string text, int radix)
    {
        string digits = Stripped(text);
        bool negative = digits.StartsWith('-');
        digits = negative || digits.StartsWith('+') ? digits[1..] : digits;
        string prefix = radix switch { 2 => "0b", 8 => "0o", 16 => "0x", _ => "\0" };
        if (digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            digits = digits[2..];
        if (radix is < 2 or > 36 || digits.Length == 0 || digits.Length > TemplateLimits.IntegerBits)
            return null;
        var number = BigInteger.Zero;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : 36;
            if (digit >= radix)
                return null;
            number = number * radix + digit;
        }
        return new IntValue(negative ? -number : number);
    }

    // Python allows white space around a number and single underscores between digits.
    static string Stripped(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && PythonText.IsSpace(text[start]))
            start++;
        while (end > start && PythonText.IsSpace(text[end - 1]))
            end--;
        string digits = text[start..end];
        bool grouped = digits.Length > 0 && digits[0] != '_' && digits[^1] != '_' && !digits.Contains("__", StringComparison.Ordinal);
        return grouped ? digits.Replace("_", "", StringComparison.Ordinal) : digits;
    }

    static TemplateValue Absolute(TemplateValue value) => value switch
    {
        { Integer: { } number } => new IntValue(BigInteger.Abs(number)),
        { Number: { } number } => new FloatValue(Math.Abs(number)),
        UndefinedValue undefined => throw undefined.Fault,
        _ => throw new TemplateException($"bad operand type for abs(): '{value.TypeName}'"),
    };

    static TemplateValue Round(TemplateValue value, BuiltinArguments call)
    {
        string method = call.Text(1, "common").Text;
        int precision = (int)BigInteger.Clamp(call.Integer(0, 0), -TemplateLimits.Precision, TemplateLimits.Precision);
        if (value is UndefinedValue undefined)
            throw undefined.Fault;
        if (value.Number is not { } number)
            throw new TemplateException($"type {value.TypeName} doesn't define __round__ method");
        double scale = Math.Pow(10, precision);
        return method switch
        {
            "common" when value.Integer is { } whole => new IntValue(RoundWhole(whole, precision)),
            "common" => new FloatValue(RoundHalfEven(number, precision)),
            "ceil" => new FloatValue(Math.Ceiling(number * scale) / scale),
            "floor" => new FloatValue(Math.Floor(number * scale) / scale),
            _ => throw new TemplateException("method must be common, ceil or floor"),
        };
    }

    static BigInteger RoundWhole(BigInteger number, int precision)
    {
        if (precision >= 0)
            return number;
        var unit = BigInteger.Pow(10, -precision);
        var quotient = BigInteger.DivRem(BigInteger.Abs(number), unit, out var remainder);
        int half = (remainder * 2).CompareTo(unit);
        if (half > 0 || (half == 0 && !quotient.IsEven))
            quotient++;
        return quotient * unit * number.Sign;
    }

    static double RoundHalfEven(double number, int precision)
    {
        if (!double.IsFinite(number))
            return number;
        return precision < 0
            ? Math.Round(number / Math.Pow(10, -precision), MidpointRounding.ToEven) * Math.Pow(10, -precision)
            : double.Parse(PythonFloat.Fixed(number, precision), CultureInfo.InvariantCulture);
    }
}
