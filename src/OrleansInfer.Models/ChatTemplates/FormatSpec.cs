using System.Globalization;
using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>One conversion of Python's `%` and `str.format`: how a value is spelled and padded.</summary>
internal sealed record FormatSpec
{
    public string Fill { get; init; } = " ";

    /// <summary>'&lt;', '&gt;', '^' or '=' (padding between sign and digits); null: numbers to the right, the rest to the left.</summary>
    public char? Align { get; init; }

    /// <summary>'-' writes signs of negative numbers only, '+' and ' ' mark the others too.</summary>
    public char Sign { get; init; } = '-';

    public bool Alternate { get; init; }

    public int Width { get; init; }

    /// <summary>',' or '_' between thousands.</summary>
    public char? Grouping { get; init; }

    public int? Precision { get; init; }

    /// <summary>Python's presentation type; null: what fits the value.</summary>
    public char? Type { get; init; }

    public StringValue Apply(TemplateValue value, RenderState state) => value switch
    {
        UndefinedValue undefined when Type is not (null or 's') => throw undefined.Fault,
        { Integer: { } number } when Type is 'd' or 'n' or 'b' or 'o' or 'x' or 'X' || (Type is null && value is IntValue) =>
            Number(number.Sign < 0, Digits(BigInteger.Abs(number)), state),
        { Integer: { } number } when Type is 'c' => Pad(Character(number), '<', state),
        { Number: { } number } when Type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%' => Float(number, Type.Value, state),
        FloatValue number when Type is null && Precision is not null => Float(number.Value, 'r', state),
        FloatValue number when Type is null => Number(double.IsNegative(number.Value), PythonFloat.Repr(Math.Abs(number.Value)), state),
        _ when Type is null or 's' => Text(value.ToText(state), state),
        _ => throw new TemplateException($"unknown format code '{Type}' for object of type '{value.TypeName}'"),
    };

    StringValue Text(StringValue text, RenderState state)
    {
        if (Precision is { } precision && precision < text.Length)
            text = text.Slice(0, text.Offset(precision, state));
        return Pad(text, '<', state);
    }

    StringValue Float(double value, char type, RenderState state)
    {
        int precision = Math.Min(Precision ?? 6, TemplateLimits.Precision);
        double magnitude = Math.Abs(value);
        string digits = char.ToLowerInvariant(type) switch
        {
            _ when !double.IsFinite(value) => PythonFloat.NotFinite(magnitude),
            'e' => PythonFloat.Scientific(magnitude, precision),
            'f' => PythonFloat.Fixed(magnitude, precision),
            '%' => PythonFloat.Fixed(magnitude * 100, precision) + "%",
            'r' => PythonFloat.General(magnitude, precision, Alternate, alwaysPoint: true),
            _ => PythonFloat.General(magnitude, precision, Alternate),
        };
        return Number(double.IsNegative(value), char.IsUpper(type) ? digits.ToUpperInvariant() : digits, state);
    }

    string Digits(BigInteger magnitude) => Type switch
    {
        'b' => (Alternate ? "0b" : "") + magnitude.ToString("B", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0'),
        'x' => (Alternate ? "0x" : "") + magnitude.ToString("x", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0'),
        'X' => (Alternate ? "0X" : "") + magnitude.ToString("X", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0'),
        'o' => (Alternate ? "0o" : "") + Octal(magnitude),
        _ => magnitude.ToString(CultureInfo.InvariantCulture),
    };

    static string Octal(BigInteger magnitude)
    {
        var digits = new Stack<char>();
        for (; magnitude.Sign > 0; magnitude >>= 3)
            digits.Push((char)('0' + (int)(magnitude & 7)));
        return digits.Count == 0 ? "0" : new string([.. digits]);
    }

    // A character made of a number has no origin to keep: it may spell anything, so it counts as the request's.
    static StringValue Character(BigInteger codePoint)
    {
        bool valid = codePoint.Sign >= 0 && codePoint <= 0x10FFFF && !(codePoint >= 0xD800 && codePoint <= 0xDFFF);
        return valid ? StringValue.FromRequest(char.ConvertFromUtf32((int)codePoint)) : throw new TemplateException("%c is out of range");
    }

    StringValue Number(bool negative, string digits, RenderState state)
    {
        string sign = negative ? "-" : Sign == '-' ? "" : Sign.ToString();
        if (Grouping is { } separator)
            digits = Grouped(digits, separator);
        if (Align != '=')
            return Pad(StringValue.Trusted(sign + digits), '>', state);
        var padded = new TextBuilder(state).Append(sign);
        for (int missing = Width - sign.Length - digits.Length; missing > 0; missing--)
            padded.Append(Fill);
        return padded.Append(digits).ToValue();
    }

    static string Grouped(string digits, char separator)
    {
        int end = digits.AsSpan().IndexOfAnyExceptInRange('0', '9');
        int position = (end < 0 ? digits.Length : end) - 3;
        for (; position > 0; position -= 3)
            digits = digits.Insert(position, separator.ToString());
        return digits;
    }

    StringValue Pad(StringValue text, char align, RenderState state)
    {
        int missing = Width - text.Length;
        if (missing <= 0)
            return text;
        align = Align ?? align;
        int before = align switch { '<' => 0, '^' => missing / 2, _ => missing };
        var fill = StringValue.Trusted(Fill);
        return new TextBuilder(state).Append(Arithmetic.Repeat(fill, before, state)).Append(text)
            .Append(Arithmetic.Repeat(fill, missing - before, state)).ToValue(text.IsMarkup);
    }
}
