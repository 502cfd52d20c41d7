namespace OrleansInfer.Models;

/// <summary>`a[start:stop:step]`</summary>
internal sealed class SliceNode(
    int line, ExpressionNode owner, ExpressionNode? start, ExpressionNode? stop, ExpressionNode? step)
    : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) => Lookup.Slice(
        owner.Evaluate(scope), start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope), scope.State);
}
