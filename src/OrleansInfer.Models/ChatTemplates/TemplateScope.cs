namespace OrleansInfer.Models;

/// <summary>The variables of a block; names that it lacks are looked for further out, in the end among the global functions.</summary>
internal sealed class TemplateScope(RenderState state, TemplateScope? parent = null)
{
    const int Few = 8;

    // Every turn of a loop has a scope of its own with two or three variables: too few to be worth a table.
    readonly List<KeyValuePair<string, TemplateValue>> _first = new(2);
    Dictionary<string, TemplateValue>? _more;

    public RenderState State => state;

    TemplateScope? Parent => parent;

    public TemplateValue Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            int index = scope.IndexOf(name);
            if (index >= 0)
                return scope._first[index].Value;
            if (scope._more is { } more && more.TryGetValue(name, out var value))
                return value;
        }
        return TemplateGlobals.Find(name) ?? UndefinedValue.Variable(name);
    }

    public void Set(string name, TemplateValue value)
    {
        int index = IndexOf(name);
        if (index >= 0)
            _first[index] = new(name, value);
        else if (_first.Count < Few)
            _first.Add(new(name, value));
        else
            (_more ??= new(StringComparer.Ordinal))[name] = value;
    }

    public TemplateScope Inner() => new(state, this);

    int IndexOf(string name)
    {
        for (int i = 0; i < _first.Count; i++)
        {
            if (_first[i].Key == name)
                return i;
        }
        return -1;
    }
}
