namespace OrleansInfer.Models;

/// <summary>Assigns the items of a sequence to several targets.</summary>
internal static class Unpacking
{
    public static AssignTarget Into(AssignTarget[] targets) => (scope, value) =>
    {
        if (value is UndefinedValue undefined)
            throw undefined.Fault;
        var items = SequenceFilters.ToArray(value, scope.State);
        if (items.Length != targets.Length)
            throw new TemplateException($"cannot unpack {items.Length} values into {targets.Length}");
        for (int i = 0; i < targets.Length; i++)
            targets[i](scope, items[i]);
    };
}
