namespace OrleansInfer.Models;

/// <summary>A constant.</summary>
internal sealed class LiteralNode(int line, TemplateValue value) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) => value;
}
