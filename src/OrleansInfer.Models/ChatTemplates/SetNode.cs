namespace OrleansInfer.Models;

/// <summary>`{% set target = value %}`</summary>
internal sealed class SetNode(int line, AssignTarget target, ExpressionNode value) : StatementNode(line)
{
    public AssignTarget Target => target;

    public ExpressionNode Value => value;

    protected override Flow Run(TemplateScope scope)
    {
        target(scope, value.Evaluate(scope));
        return Flow.Next;
    }
}
