using System.Numerics;

namespace OrleansInfer.Models;

internal sealed class BoolValue : TemplateValue
{
    public static readonly BoolValue True = new(true);
    public static readonly BoolValue False = new(false);

    BoolValue(bool value) => Value = value;

    public bool Value { get; }

    public override string TypeName => "bool";

    public override bool IsTrue => Value;

    public override BigInteger? Integer => Value ? BigInteger.One : BigInteger.Zero;

    public override double? Number => Value ? 1 : 0;

    public static BoolValue Of(bool value) => value ? True : False;

    public override void WriteRepr(TextBuilder builder) => builder.Append(Value ? "True" : "False");
}
