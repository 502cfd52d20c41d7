namespace OrleansInfer.Models;

internal sealed class NoneValue : TemplateValue
{
    public static readonly NoneValue Instance = new();

    NoneValue() { }

    public override string TypeName => "NoneType";

    public override string Description => "None";

    public override bool IsTrue => false;

    public override void WriteRepr(TextBuilder builder) => builder.Append("None");
}
