namespace OrleansInfer.Models;

/// <summary>`{a: b}`</summary>
internal sealed class DictNode(int line, KeyValuePair<ExpressionNode, ExpressionNode>[] items) : ExpressionNode(line)
{
    protected override TemplateValue Compute(TemplateScope scope)
    {
        var dict = new DictValue();
        foreach (var (key, value) in items)
            dict.Set(key.Evaluate(scope), value.Evaluate(scope));
        return dict;
    }
}
