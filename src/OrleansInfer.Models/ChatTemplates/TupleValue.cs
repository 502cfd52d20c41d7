namespace OrleansInfer.Models;

internal class TupleValue(TemplateValue[] items) : SequenceValue(items)
{
    public override string TypeName => "tuple";

    public override SequenceValue With(TemplateValue[] newItems) => new TupleValue(newItems);

    public override TemplateValue? Attribute(string name) =>
        SequenceMethods.Find(name) is { } method ? new BuiltinValue(method, this) : null;

    public override void WriteRepr(TextBuilder builder) => WriteItems(builder, '(', Items.Length == 1 ? ",)" : ")");
}
