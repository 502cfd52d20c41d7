namespace OrleansInfer.Models;

/// <summary>`a ~ b`: both as strings, side by side.</summary>
internal sealed class ConcatNode(int line, ExpressionNode[] parts) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope)
    {
        var builder = new TextBuilder(scope.State);
        foreach (var part in parts)
            builder.Append(part.Evaluate(scope));
        return builder.ToValue();
    }
}
