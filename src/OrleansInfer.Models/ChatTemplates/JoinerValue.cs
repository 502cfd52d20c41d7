namespace OrleansInfer.Models;

/// <summary>What `joiner(sep)` makes: nothing when it is called first, the separator from then on.</summary>
internal sealed class JoinerValue(TemplateValue separator) : TemplateValue
{
    bool _used;

    public override string TypeName => "Joiner";

    public override TemplateValue Call(RenderState state, CallArguments arguments)
    {
        var result = _used ? separator : StringValue.Empty;
        _used = true;
        return result;
    }

    public override void WriteRepr(TextBuilder builder) => builder.Append("<Joiner>");
}
