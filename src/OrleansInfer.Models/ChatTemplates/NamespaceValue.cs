namespace OrleansInfer.Models;

/// <summary>What `namespace(...)` makes: the one thing a template can change, so that a loop can hand something out.</summary>
internal sealed class NamespaceValue : TemplateValue
{
    readonly Dictionary<string, TemplateValue> _attributes = new(StringComparer.Ordinal);

    public override string TypeName => "Namespace";

    public void Set(string name, TemplateValue value) => _attributes[name] = value;

    public override TemplateValue? Attribute(string name) => _attributes.GetValueOrDefault(name);

    public override TemplateValue? Item(TemplateValue key, RenderState state) => key is StringValue name ? Attribute(name.Text) : null;

    public override void WriteRepr(TextBuilder builder) => builder.Append("<Namespace>");
}
