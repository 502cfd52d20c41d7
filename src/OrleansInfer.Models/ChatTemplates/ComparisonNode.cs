namespace OrleansInfer.Models;

/// <summary>`a &lt; b &lt;= c`: every neighbouring pair must hold.</summary>
internal sealed class ComparisonNode(int line, ExpressionNode first, ComparisonLink[] links) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope)
    {
        var left = first.Evaluate(scope);
        foreach (var (op, operand) in links)
        {
            var right = operand.Evaluate(scope);
            if (!Holds(op, left, right, scope.State))
                return BoolValue.False;
            left = right;
        }
        return BoolValue.True;
    }

    static bool Holds(string op, TemplateValue left, TemplateValue right, RenderState state) => op switch
    {
        "==" => ValueComparison.AreEqual(left, right, state),
        "!=" => !ValueComparison.AreEqual(left, right, state),
        "in" => ValueComparison.Contains(right, left, state),
        "not in" => !ValueComparison.Contains(right, left, state),
        "<" => ValueComparison.Compare(left, right, state) < 0,
        "<=" => ValueComparison.Compare(left, right, state) <= 0,
        ">" => ValueComparison.Compare(left, right, state) > 0,
        _ => ValueComparison.Compare(left, right, state) >= 0,
    };
}
