namespace OrleansInfer.Models;

/// <summary>`{% filter name %}...{% endfilter %}`: prints what the body prints, filtered.</summary>
internal sealed class FilterBlockNode(int line, StatementNode body, BuiltinCall[] filters) : StatementNode(line)
{
    protected override Flow Run(TemplateScope scope)
    {
        TemplateValue value = body.Capture(scope.Inner());
        foreach (var filter in filters)
            value = filter.Apply(value, scope);
        scope.State.Output.Append(value);
        return Flow.Next;
    }
}
