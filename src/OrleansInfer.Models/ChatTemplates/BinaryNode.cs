namespace OrleansInfer.Models;

/// <summary>`a + b` and the other operators of <see cref="Arithmetic"/>.</summary>
internal sealed class BinaryNode(int line, string op, ExpressionNode left, ExpressionNode right) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) =>
        Arithmetic.Apply(op, left.Evaluate(scope), right.Evaluate(scope), scope.State);
}
