namespace OrleansInfer.Models;

internal sealed class FloatValue(double value) : TemplateValue
{
    public double Value => value;

    public override string TypeName => "float";

    public override bool IsTrue => value != 0;

    public override double? Number => value;

    public override void WriteRepr(TextBuilder builder) => builder.Append(PythonFloat.Repr(value));
}
