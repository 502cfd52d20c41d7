using System.Globalization;
using System.Numerics;

namespace OrleansInfer.Models;

/// <summary>Python's integer, with a bound on its size.</summary>
internal sealed class IntValue : TemplateValue
{
    public IntValue(BigInteger value)
    {
        if (value.GetBitLength() > TemplateLimits.IntegerBits)
            throw new TemplateException($"an integer has more than {TemplateLimits.IntegerBits} bits");
        Value = value;
    }

    public BigInteger Value { get; }

    public override string TypeName => "int";

    public override bool IsTrue => !Value.IsZero;

    public override BigInteger? Integer => Value;

    public override double? Number => (double)Value;

    public override void WriteRepr(TextBuilder builder) => builder.Append(Value.ToString(CultureInfo.InvariantCulture));
}
