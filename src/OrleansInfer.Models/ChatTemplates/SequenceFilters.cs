namespace OrleansInfer.Models;

/// <summary>The filters that count, pick or regroup the items of their value, and `default`.</summary>
internal static class SequenceFilters
{
    public static readonly Builtin[] All =
    [
        new("length", [], (value, _) => new IntValue(value.Length)),
        new("count", [], (value, _) => new IntValue(value.Length)),
        new("list", [], (value, call) => new ListValue(ToArray(value, call.State))),
        new("first", [], (value, call) => value.Iterate(call.State).FirstOrDefault()
            ?? new UndefinedValue("No first item, sequence was empty.")),
        new("last", [], Last),
        new("reverse", [], Reverse),
        new("join", ["d", "attribute"], Join),
        new("items", [], Items),
        new("batch", ["linecount", "fill_with"], Batch),
        new("slice", ["slices", "fill_with"], Slice),
        new("sum", ["attribute", "start"], Sum),
        new("default", ["default_value", "boolean"], Default),
        new("d", ["default_value", "boolean"], Default),
        new("attr", ["name"], (value, call) => value.Attribute(call.String(0).Text)
            ?? UndefinedValue.Missing(value, call.String(0))),
    ];

    public static TemplateValue[] ToArray(TemplateValue value, RenderState state)
    {
        if (value is SequenceValue sequence)
        {
            state.Charge(sequence.Length);
            return [.. sequence.Items];
        }
        var items = new List<TemplateValue>();
        foreach (var item in value.Iterate(state))
        {
            state.Charge(1);
            items.Add(item);
        }
        return [.. items];
    }

    static TemplateValue Default(TemplateValue value, BuiltinArguments call) =>
        value is UndefinedValue || (call.Flag(1) && !value.IsTrue) ? call[0] ?? StringValue.Empty : value;

    static TemplateValue Last(TemplateValue value, BuiltinArguments call)
    {
        if (value is IteratorValue)
            throw new TemplateException("'generator' object is not reversible");
        return ToArray(value, call.State) is [.., var last] ? last : new UndefinedValue("No last item, sequence was empty.");
    }

    static TemplateValue Reverse(TemplateValue value, BuiltinArguments call)
    {
        var items = ToArray(value, call.State);
        Array.Reverse(items);
        if (value is not StringValue text)
            return value is IteratorValue ? new ListValue(items) : new IteratorValue(items);
        var builder = new TextBuilder(call.State);
        foreach (var item in items)
            builder.Append((StringValue)item);
        return builder.ToValue(text.IsMarkup);
    }

    static TemplateValue Join(TemplateValue value, BuiltinArguments call)
    {
        var separator = call.Text(0, "");
        var path = AttributePath.Read(call[1]);
        var builder = new TextBuilder(call.State);
        bool first = true;
        foreach (var item in value.Iterate(call.State))
        {
            call.State.Charge(1);
            if (!first)
                builder.Append(separator);
            first = false;
            builder.Append(path.Follow(item, call.State));
        }
        return builder.ToValue();
    }

    static TemplateValue Items(TemplateValue value, BuiltinArguments call) => value switch
    {
        UndefinedValue => new IteratorValue([]),
        DictValue dict => new IteratorValue(new DictViewValue(dict, DictView.Items).Iterate(call.State)),
        _ => throw new TemplateException("Can only get item pairs from a mapping."),
    };

    static TemplateValue Batch(TemplateValue value, BuiltinArguments call)
    {
        call.Required(0);
        int size = Math.Max(1, call.Size(0, 1));
        var batches = new List<TemplateValue>();
        foreach (var chunk in ToArray(value, call.State).Chunk(size))
            batches.Add(new ListValue(Filled(chunk, size, call)));
        return new IteratorValue(batches);
    }

    static TemplateValue[] Filled(TemplateValue[] items, int size, BuiltinArguments call)
    {
        if (call[1] is null or NoneValue || items.Length >= size)
            return items;
        call.State.Charge(size);
        return [.. items, .. Enumerable.Repeat(call.Required(1), size - items.Length)];
    }

    static TemplateValue Slice(TemplateValue value, BuiltinArguments call)
    {
        var items = ToArray(value, call.State);
        call.Required(0);
        int slices = call.Size(0, 1);
        if (slices == 0)
            throw new TemplateException("division by zero");
        call.State.Charge(slices);
        var result = new List<TemplateValue>();
        int size = items.Length / slices, longer = items.Length % slices;
        for (int i = 0, start = 0; i < slices; i++)
        {
            int length = size + (i < longer ? 1 : 0);
            result.Add(new ListValue(Filled(items[start..(start + length)], longer > 0 ? size + 1 : size, call)));
            start += length;
        }
        return new IteratorValue(result);
    }

    static TemplateValue Sum(TemplateValue value, BuiltinArguments call)
    {
        var path = AttributePath.Read(call[0]);
        var sum = call[1] ?? new IntValue(0);
        foreach (var item in value.Iterate(call.State))
        {
            call.State.Charge(1);
            sum = Arithmetic.Apply("+", sum, path.Follow(item, call.State), call.State);
        }
        return sum;
    }
}
