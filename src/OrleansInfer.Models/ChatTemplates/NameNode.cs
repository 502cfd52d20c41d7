namespace OrleansInfer.Models;

/// <summary>A variable.</summary>
internal sealed class NameNode(int line, string name) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) => scope.Find(name);
}
