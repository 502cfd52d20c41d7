namespace OrleansInfer.Models;

internal enum DictView { Keys, Values, Items }

/// <summary>What `keys()`, `values()` and `items()` return: it can be counted and repeated, but not indexed.</summary>
internal sealed class DictViewValue(DictValue dict, DictView view) : TemplateValue
{
    public override string TypeName => view switch
    {
        DictView.Keys => "dict_keys",
        DictView.Values => "dict_values",
        _ => "dict_items",
    };

    public override bool IsTrue => dict.IsTrue;

    public override bool IsIterable => true;

    public override int Length => dict.Length;

    public override IEnumerable<TemplateValue> Iterate(RenderState state) => dict.Items.Select(item => view switch
    {
        DictView.Keys => item.Key,
        DictView.Values => item.Value,
        _ => new TupleValue([item.Key, item.Value]),
    });

    public override void WriteRepr(TextBuilder builder)
    {
        builder.Append(TypeName).Append('(');
        new ListValue([.. Iterate(builder.State)]).WriteRepr(builder);
        builder.Append(')');
    }
}
