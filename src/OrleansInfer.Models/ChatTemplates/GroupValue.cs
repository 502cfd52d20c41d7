namespace OrleansInfer.Models;

/// <summary>One group of `groupby`: a pair that also answers to the names `grouper` and `list`.</summary>
internal sealed class GroupValue(TemplateValue grouper, ListValue items) : TupleValue([grouper, items])
{
    public override TemplateValue? Attribute(string name) => name switch
    {
        "grouper" => Items[0],
        "list" => Items[1],
        _ => base.Attribute(name),
    };
}
