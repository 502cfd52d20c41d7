namespace OrleansInfer.Models;

/// <summary>`a and b`, `a or b`: the operand that decided.</summary>
internal sealed class LogicalNode(int line, bool isOr, ExpressionNode left, ExpressionNode right) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope)
    {
        var value = left.Evaluate(scope);
        return value.IsTrue == isOr ? value : right.Evaluate(scope);
    }
}
