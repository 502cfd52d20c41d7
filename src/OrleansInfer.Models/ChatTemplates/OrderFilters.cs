namespace OrleansInfer.Models;

/// <summary>The filters that compare items with each other. Strings are compared without case unless asked otherwise.</summary>
internal static class OrderFilters
{
    public static readonly Builtin[] All =
    [
        new("sort", ["reverse", "case_sensitive", "attribute"], Sort),
        new("dictsort", ["case_sensitive", "by", "reverse"], DictSort),
        new("unique", ["case_sensitive", "attribute"], (value, call) => new IteratorValue(Unique(value, call))),
        new("groupby", ["attribute", "default", "case_sensitive"], GroupBy),
        new("min", ["case_sensitive", "attribute"], (value, call) => Extreme(value, call, -1)),
        new("max", ["case_sensitive", "attribute"], (value, call) => Extreme(value, call, 1)),
    ];

    static TemplateValue Key(TemplateValue value, bool caseSensitive) =>
        !caseSensitive && value is StringValue text ? text.Mapped(text.Text.ToLowerInvariant()) : value;

    static TemplateValue Sort(TemplateValue value, BuiltinArguments call)
    {
        AttributePath[] paths = call[2] is StringValue names
            ? [.. names.Text.Split(',').Select(name => AttributePath.Read(StringValue.Trusted(name)))]
            : [AttributePath.Read(call[2])];
        var items = SequenceFilters.ToArray(value, call.State);
        return new ListValue(MergeSort.Sorted(items, KeyOf, call.State, call.Flag(0)));

        TemplateValue KeyOf(TemplateValue item) => paths.Length == 1
            ? Key(paths[0].Follow(item, call.State), call.Flag(1))
            : new ListValue([.. paths.Select(path => Key(path.Follow(item, call.State), call.Flag(1)))]);
    }

    static TemplateValue DictSort(TemplateValue value, BuiltinArguments call)
    {
        if (value is not DictValue dict)
            throw value is UndefinedValue undefined ? undefined.Fault : new TemplateException("dictsort wants a mapping");
        bool byValue = call.Text(1, "key").Text switch
        {
            "key" => false,
            "value" => true,
            _ => throw new TemplateException("You can only sort by either \"key\" or \"value\""),
        };
        var sorted = MergeSort.Sorted(dict.Items, item => Key(byValue ? item.Value : item.Key, call.Flag(0)), call.State, call.Flag(2));
        return new ListValue([.. sorted.Select(item => new TupleValue([item.Key, item.Value]))]);
    }

    static IEnumerable<TemplateValue> Unique(TemplateValue value, BuiltinArguments call)
    {
        var path = AttributePath.Read(call[1]);
        var seen = new HashSet<TemplateValue>(DictKeyComparer.Instance);
        foreach (var item in value.Iterate(call.State))
        {
            call.State.Charge(1);
            if (seen.Add(DictKeyComparer.Checked(Key(path.Follow(item, call.State), call.Flag(0)))))
                yield return item;
        }
    }

    static TemplateValue GroupBy(TemplateValue value, BuiltinArguments call)
    {
        var path = AttributePath.Read(call.Required(0));
        var missing = call[1] is NoneValue ? null : call[1];
        var items = SequenceFilters.ToArray(value, call.State);
        var sorted = MergeSort.Sorted(items, KeyOf, call.State);
        var groups = new List<TemplateValue>();
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            end = start + 1;
            while (end < sorted.Length && ValueComparison.AreEqual(KeyOf(sorted[start]), KeyOf(sorted[end]), call.State))
                end++;
            groups.Add(new GroupValue(path.Follow(sorted[start], call.State, missing), new ListValue(sorted[start..end])));
        }
        return new ListValue([.. groups]);

        TemplateValue KeyOf(TemplateValue item) => Key(path.Follow(item, call.State, missing), call.Flag(2));
    }

    static TemplateValue Extreme(TemplateValue value, BuiltinArguments call, int sign)
    {
        var path = AttributePath.Read(call[1]);
        TemplateValue? best = null, bestKey = null;
        foreach (var item in value.Iterate(call.State))
        {
            var key = Key(path.Follow(item, call.State), call.Flag(0));
            if (bestKey is null || ValueComparison.Compare(key, bestKey, call.State) * (long)sign > 0)
                (best, bestKey) = (item, key);
        }
        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }
}
