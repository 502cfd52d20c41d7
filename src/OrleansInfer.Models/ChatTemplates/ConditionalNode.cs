namespace OrleansInfer.Models;

/// <summary>`a if condition else b`; undefined where the else is missing.</summary>
internal sealed class ConditionalNode(
    int line, ExpressionNode condition, ExpressionNode value, ExpressionNode? otherwise)
    : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) => condition.Evaluate(scope).IsTrue
        ? value.Evaluate(scope)
        : otherwise?.Evaluate(scope) ?? new UndefinedValue("the inline if-expression was false and has no else");
}
