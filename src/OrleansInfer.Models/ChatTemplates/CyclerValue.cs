namespace OrleansInfer.Models;

/// <summary>What `cycler(...)` makes: its items in turn.</summary>
internal sealed class CyclerValue : TemplateValue
{
    static readonly Builtin Next = new("next", [], (self, _) => ((CyclerValue)self).Advance());
    static readonly Builtin Reset = new("reset", [], (self, _) => ((CyclerValue)self).Restart());

    readonly TemplateValue[] _items;
    int _position;

    public CyclerValue(TemplateValue[] items) => _items = items.Length > 0
        ? items
        : throw new TemplateException("at least one item has to be provided");

    public override string TypeName => "Cycler";

    public override TemplateValue? Attribute(string name) => name switch
    {
        "current" => _items[_position],
        "next" => new BuiltinValue(Next, this),
        "reset" => new BuiltinValue(Reset, this),
        _ => null,
    };

    public override void WriteRepr(TextBuilder builder) => builder.Append("<Cycler>");

    TemplateValue Advance()
    {
        var item = _items[_position];
        _position = (_position + 1) % _items.Length;
        return item;
    }

    NoneValue Restart()
    {
        _position = 0;
        return NoneValue.Instance;
    }
}
