namespace OrleansInfer.Models;

/// <summary>The filters that run a test or a filter on every item; like Python's generators they work when their result is read.</summary>
internal static class SelectionFilters
{
    public static readonly Builtin[] All =
    [
        new("select", null, (value, call) => Select(value, call, byAttribute: false, keep: true)),
        new("reject", null, (value, call) => Select(value, call, byAttribute: false, keep: false)),
        new("selectattr", null, (value, call) => Select(value, call, byAttribute: true, keep: true)),
        new("rejectattr", null, (value, call) => Select(value, call, byAttribute: true, keep: false)),
        new("map", null, (value, call) => new IteratorValue(Map(value, call))),
    ];

    static IteratorValue Select(TemplateValue value, BuiltinArguments call, bool byAttribute, bool keep)
    {
        var path = AttributePath.Read(byAttribute ? call.Required(0) : null);
        int used = byAttribute ? 1 : 0;
        Func<TemplateValue, bool> matches = item => item.IsTrue;
        if (call[used] is not null)
        {
            string name = call.String(used).Text;
            var test = TemplateTests.Find(name) ?? throw new TemplateException($"No test named '{name}'.");
            var arguments = call.Given with { Positional = call.Given.Positional[(used + 1)..] };
            matches = item => test.Invoke(item, call.State, arguments).IsTrue;
        }
        return new IteratorValue(Items(value, call.State).Where(item => matches(path.Follow(item, call.State)) == keep));
    }

    static IEnumerable<TemplateValue> Map(TemplateValue value, BuiltinArguments call)
    {
        if (call.Given.Positional.Length == 0 && call.Given.Named.Find("attribute") is { } attribute)
        {
            var path = AttributePath.Read(attribute);
            var missing = call.Given.Named.Find("default") is { } given and not NoneValue ? given : null;
            return Items(value, call.State).Select(item => path.Follow(item, call.State, missing));
        }
        string name = call.String(0).Text;
        var filter = TemplateFilters.Find(name) ?? throw new TemplateException($"No filter named '{name}'.");
        var arguments = call.Given with { Positional = call.Given.Positional[1..] };
        return Items(value, call.State).Select(item => filter.Invoke(item, call.State, arguments));
    }

    // Nothing, whatever its type, has no items.
    static IEnumerable<TemplateValue> Items(TemplateValue value, RenderState state)
    {
        if (!value.IsTrue)
            yield break;
        foreach (var item in value.Iterate(state))
        {
            state.Charge(1);
            yield return item;
        }
    }
}
