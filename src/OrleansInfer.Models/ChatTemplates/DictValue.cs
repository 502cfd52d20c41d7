namespace OrleansInfer.Models;

/// <summary>Python's dictionary: in order of insertion. The code that makes one fills it; afterwards it never changes.</summary>
internal sealed class DictValue : TemplateValue
{
    readonly OrderedDictionary<TemplateValue, TemplateValue> _items = new(DictKeyComparer.Instance);

    public IReadOnlyList<KeyValuePair<TemplateValue, TemplateValue>> Items => _items;

    public override string TypeName => "dict";

    public override bool IsTrue => _items.Count > 0;

    public override bool IsIterable => true;

    public override int Length => _items.Count;

    /// <summary>Sets an item; a key that is there keeps its place.</summary>
    public void Set(TemplateValue key, TemplateValue value) => _items[DictKeyComparer.Checked(key)] = value;

    public TemplateValue? Find(TemplateValue key) =>
        DictKeyComparer.IsHashable(key) && _items.TryGetValue(key, out var value) ? value : null;

    public TemplateValue? Find(string key) => Find(StringValue.Trusted(key));

    /// <summary>A copy, with the items of another dictionary set on top.</summary>
    public DictValue With(DictValue? other, RenderState state)
    {
        state.Charge(Length + (other?.Length ?? 0));
        var copy = new DictValue();
        foreach (var (key, value) in _items.Concat(other?._items ?? []))
            copy.Set(key, value);
        return copy;
    }

    public override IEnumerable<TemplateValue> Iterate(RenderState state) => _items.Keys;

    public override TemplateValue? Attribute(string name) => DictMethods.Find(this, name);

    public override TemplateValue? Item(TemplateValue key, RenderState state) => Find(key);

    public override void WriteRepr(TextBuilder builder)
    {
        builder.State.Descend();
        builder.Append('{');
        for (int i = 0; i < _items.Count; i++)
        {
            if (i > 0)
                builder.Append(", ");
            var (key, value) = _items.GetAt(i);
            key.WriteRepr(builder);
            builder.Append(": ");
            value.WriteRepr(builder);
        }
        builder.Append('}');
        builder.State.Leave();
    }
}
