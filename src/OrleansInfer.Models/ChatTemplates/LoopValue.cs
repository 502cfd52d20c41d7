namespace OrleansInfer.Models;

/// <summary>The variable `loop` inside a for.</summary>
internal sealed class LoopValue(ForNode node, TemplateScope scope, TemplateValue[] items, int depth) : TemplateValue
{
    static readonly Builtin Cycle = new("cycle", null, (self, call) => ((LoopValue)self).Cycled(call.Given.Positional));
    static readonly Builtin Changed = new("changed", null, (self, call) => ((LoopValue)self).HasChanged(call));

    int _index = -1;
    TupleValue? _lastSeen;

    public override string TypeName => "LoopContext";

    public override int Length => items.Length;

    public TemplateValue Current => items[_index];

    public bool MoveNext() => ++_index < items.Length;

    public override TemplateValue? Attribute(string name) => name switch
    {
        "index" => new IntValue(_index + 1),
        "index0" => new IntValue(_index),
        "revindex" => new IntValue(items.Length - _index),
        "revindex0" => new IntValue(items.Length - _index - 1),
        "first" => BoolValue.Of(_index == 0),
        "last" => BoolValue.Of(_index == items.Length - 1),
        "length" => new IntValue(items.Length),
        "depth" => new IntValue(depth),
        "depth0" => new IntValue(depth - 1),
        "previtem" => _index > 0 ? items[_index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => _index + 1 < items.Length ? items[_index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new BuiltinValue(Cycle, this),
        "changed" => new BuiltinValue(Changed, this),
        _ => null,
    };

    public override TemplateValue Call(RenderState state, CallArguments arguments) => arguments.Positional is [var deeper]
        ? node.Recurse(scope, deeper, depth + 1)
        : throw new TemplateException("loop() takes the items of the next level");

    public override void WriteRepr(TextBuilder builder) => builder.Append($"<LoopContext {_index + 1}/{items.Length}>");

    TemplateValue Cycled(TemplateValue[] values) => values.Length > 0
        ? values[_index % values.Length]
        : throw new TemplateException("no items for cycling given");

    BoolValue HasChanged(BuiltinArguments call)
    {
        var seen = new TupleValue(call.Given.Positional);
        bool changed = _lastSeen is null || !ValueComparison.AreEqual(_lastSeen, seen, call.State);
        _lastSeen = seen;
        return BoolValue.Of(changed);
    }
}
