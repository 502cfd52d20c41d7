namespace OrleansInfer.Models;

/// <summary>The variables of a block; names that it lacks are looked for further out, in the end among the global functions.</summary>
internal sealed class TemplateScope(RenderState state, TemplateScope? parent = null)
{
    Dictionary<string, TemplateValue>? _variables;

    public RenderState State => state;

    public TemplateValue Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._variables is { } variables && variables.TryGetValue(name, out var value))
                return value;
        }
        return TemplateGlobals.Find(name) ?? UndefinedValue.Variable(name);
    }

    public void Set(string name, TemplateValue value) => (_variables ??= new(StringComparer.Ordinal))[name] = value;

    public TemplateScope Inner() => new(state, this);

    TemplateScope? Parent => parent;
}
