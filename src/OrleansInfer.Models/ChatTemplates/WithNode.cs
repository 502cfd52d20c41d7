namespace OrleansInfer.Models;

/// <summary>`{% with a = b %}`: variables for a block. Their values are evaluated outside of it.</summary>
internal sealed class WithNode(int line, SetNode[] assignments, StatementNode body) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        var inner = scope.Inner();
        foreach (var assignment in assignments)
            assignment.Target(inner, assignment.Value.Evaluate(scope));
        return body.Execute(inner);
    }
}
