namespace OrleansInfer.Models;

/// <summary>`not a`</summary>
internal sealed class NotNode(int line, ExpressionNode operand) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) => BoolValue.Of(!operand.Evaluate(scope).IsTrue);
}
