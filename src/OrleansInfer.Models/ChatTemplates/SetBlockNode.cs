namespace OrleansInfer.Models;

/// <summary>`{% set target | filter %}...{% endset %}`: what the body prints, filtered.</summary>
internal sealed class SetBlockNode(int line, AssignTarget target, StatementNode body, BuiltinCall[] filters) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        TemplateValue value = body.Capture(scope.Inner());
        foreach (var filter in filters)
            value = filter.Apply(value, scope);
        target(scope, value);
        return Flow.Next;
    }
}
