namespace OrleansInfer.Models;

/// <summary>`a.name`</summary>
internal sealed class AttributeNode(int line, ExpressionNode owner, string name) : ExpressionNode(line)
{
    readonly StringValue _name = StringValue.Trusted(name);

    protected override TemplateValue Compute(TemplateScope scope) => Lookup.Attribute(owner.Evaluate(scope), _name, scope.State);
}
