namespace OrleansInfer.Models;

/// <summary>`a|filter(...)` or `a is test(...)`</summary>
internal sealed class BuiltinNode(int line, ExpressionNode operand, BuiltinCall call) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) => call.Apply(operand.Evaluate(scope), scope);
}
