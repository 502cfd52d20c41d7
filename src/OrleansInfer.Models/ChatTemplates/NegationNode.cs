namespace OrleansInfer.Models;

/// <summary>`-a`</summary>
internal sealed class NegationNode(int line, ExpressionNode operand) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope) => Arithmetic.Negate(operand.Evaluate(scope));
}
