namespace OrleansInfer.Models;

/// <summary>`a[key]`</summary>
internal sealed class ItemNode(int line, ExpressionNode owner, ExpressionNode key) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) => Lookup.Item(owner.Evaluate(scope), key.Evaluate(scope), scope.State);
}
