using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>The binary operators of Python on strings, sequences and numbers.</summary>
internal static class Arithmetic
{
    public static TemplateValue Apply(string op, TemplateValue a, TemplateValue b, RenderState state)
    {
        if (op == "%" && a is StringValue format)
            return PercentFormat.Apply(format, b, state);
        var result = (op, a, b) switch
        {
            (_, UndefinedValue undefined, _) => throw undefined.Fault,
            (_, _, UndefinedValue undefined) => throw undefined.Fault,
            ("+", StringValue x, StringValue y) => Add(x, y, state),
            ("+", ListValue x, ListValue y) => x.Concat(y, state),
            ("+", TupleValue x, TupleValue y) => x.Concat(y, state),
            ("*", StringValue x, { Integer: { } n }) => Repeat(x, n, state),
            ("*", { Integer: { } n }, StringValue x) => Repeat(x, n, state),
            ("*", SequenceValue x, { Integer: { } n }) => x.Repeat(n, state),
            ("*", { Integer: { } n }, SequenceValue x) => x.Repeat(n, state),
            (not "/", { Integer: { } x }, { Integer: { } y }) => OnIntegers(op, x, y),
            (_, { Number: { } x }, { Number: { } y }) => new FloatValue(OnFloats(op, x, y)),
            _ => null,
        };
        return result ?? throw Unsupported(op, a, b);
    }

    public static TemplateValue Negate(TemplateValue value) => value switch
    {
        { Integer: { } number } => new IntValue(-number),
        { Number: { } number } => new FloatValue(-number),
        UndefinedValue undefined => throw undefined.Fault,
        _ => throw new TemplateException($"bad operand type for unary -: '{value.TypeName}'"),
    };

    public static StringValue Repeat(StringValue text, BigInteger times, RenderState state)
    {
        if (times.Sign <= 0 || text.Text.Length == 0)
            return text.Slice(0, 0);
        if (times * text.Text.Length > TemplateLimits.TextLength)
            throw new TemplateException($"the template makes a text longer than {TemplateLimits.TextLength} characters");
        state.Charge((int)times);
        var builder = new TextBuilder(state);
        for (int i = 0; i < (int)times; i++)
            builder.Append(text);
        return builder.ToValue(text.IsMarkup);
    }

    // markupsafe: one side marked `|safe` escapes the other. Published templates do it by accident, and their models were trained on it.
    static StringValue Add(StringValue a, StringValue b, RenderState state) => a.IsMarkup != b.IsMarkup
        ? MarkupEscape.Apply(a, state).Concat(MarkupEscape.Apply(b, state), state)
        : a.Concat(b, state);

    static TemplateValue OnIntegers(string op, BigInteger a, BigInteger b) => op switch
    {
        "+" => new IntValue(a + b),
        "-" => new IntValue(a - b),
        "*" => new IntValue(a * b),
        "**" => Power(a, b),
        _ when b.IsZero => throw DivisionByZero,
        "//" => new IntValue((a - Modulo(a, b)) / b),
        _ => new IntValue(Modulo(a, b)),
    };

    static BigInteger Modulo(BigInteger a, BigInteger b)
    {
        var remainder = BigInteger.Remainder(a, b);
        return remainder.IsZero || remainder.Sign == b.Sign ? remainder : remainder + b;
    }

    static TemplateValue Power(BigInteger a, BigInteger b)
    {
        if (b.Sign < 0)
            return new FloatValue(OnFloats("**", (double)a, (double)b));
        if (BigInteger.Abs(a) > 1 && b * (a.GetBitLength() - 1) > TemplateLimits.IntegerBits)
            throw new TemplateException($"an integer has more than {TemplateLimits.IntegerBits} bits");
        return new IntValue(BigInteger.Abs(a) <= 1 ? BigInteger.Pow(a, b.IsEven ? 2 * b.Sign : 1) : BigInteger.Pow(a, (int)b));
    }

    static double OnFloats(string op, double a, double b) => op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "**" => FloatPower(a, b),
        _ when b == 0 => throw DivisionByZero,
        "/" => a / b,
        "//" => Math.Floor(a / b),
        _ => a - b * Math.Floor(a / b),
    };

    static double FloatPower(double a, double b)
    {
        if (a == 0 && b < 0)
            throw DivisionByZero;
        double power = Math.Pow(a, b);
        if (double.IsFinite(a) && double.IsFinite(b) && !double.IsFinite(power))
            throw new TemplateException("the result of ** is out of range");
        return power;
    }

    static TemplateException DivisionByZero => new("division by zero");

    static TemplateException Unsupported(string op, TemplateValue a, TemplateValue b) => op == "+" && a is StringValue or SequenceValue
        ? new($"can only concatenate {a.TypeName} (not \"{b.TypeName}\") to {a.TypeName}")
        : new($"unsupported operand type(s) for {op}: '{a.TypeName}' and '{b.TypeName}'");
}
