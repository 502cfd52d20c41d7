namespace OrleansInfer.Models;

/// <summary>`[a, b]` or `(a, b)`</summary>
internal sealed class SequenceNode(int line, ExpressionNode[] items, bool isTuple) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope)
    {
        var values = new TemplateValue[items.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = items[i].Evaluate(scope);
        return isTuple ? new TupleValue(values) : new ListValue(values);
    }
}
