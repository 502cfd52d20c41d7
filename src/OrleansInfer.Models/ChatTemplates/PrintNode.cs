namespace OrleansInfer.Models;

/// <summary>`{{ value }}`</summary>
internal sealed class PrintNode(int line, ExpressionNode value) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        var printed = value.Evaluate(scope);
        scope.State.Output.Append(printed);
        return Flow.Next;
    }
}
