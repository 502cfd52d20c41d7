namespace OrleansInfer.Models;

/// <summary>The methods of lists and tuples that change nothing.</summary>
internal static class SequenceMethods
{
    public static readonly Builtin Copy = new("copy", [], (self, _) => self);

    static readonly Builtin Count = new("count", ["value"], (self, call) =>
    {
        int count = 0;
        foreach (var item in ((SequenceValue)self).Items)
            count += ValueComparison.AreEqual(item, call.Required(0), call.State) ? 1 : 0;
        return new IntValue(count);
    });

    static readonly Builtin Index = new("index", ["value"], (self, call) =>
    {
        var items = ((SequenceValue)self).Items;
        for (int i = 0; i < items.Length; i++)
        {
            if (ValueComparison.AreEqual(items[i], call.Required(0), call.State))
                return new IntValue(i);
        }
        throw new TemplateException($"value is not in {self.TypeName}");
    });

    public static Builtin? Find(string name) => name switch { "count" => Count, "index" => Index, _ => null };
}
