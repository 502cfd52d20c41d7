namespace OrleansInfer.Models;

internal sealed class ListValue(TemplateValue[] items) : SequenceValue(items)
{
    public override string TypeName => "list";

    public override SequenceValue With(TemplateValue[] newItems) => new ListValue(newItems);

    public override TemplateValue? Attribute(string name) => name switch
    {
        "append" or "clear" or "extend" or "insert" or "pop" or "remove" or "reverse" or "sort" => UndefinedValue.Unsafe(this, name),
        "copy" => new BuiltinValue(SequenceMethods.Copy, this),
        _ => SequenceMethods.Find(name) is { } method ? new BuiltinValue(method, this) : null,
    };

    public override void WriteRepr(TextBuilder builder) => WriteItems(builder, '[', "]");
}
