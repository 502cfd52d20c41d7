namespace OrleansInfer.Models;

/// <summary>A global function, or a method with its owner.</summary>
internal sealed class BuiltinValue(Builtin builtin, TemplateValue self) : TemplateValue
{
    public override string TypeName => "builtin_function_or_method";

    public override TemplateValue Call(RenderState state, CallArguments arguments) => builtin.Invoke(self, state, arguments);

    public override void WriteRepr(TextBuilder builder) => builder.Append($"<built-in function {builtin.Name}>");
}
