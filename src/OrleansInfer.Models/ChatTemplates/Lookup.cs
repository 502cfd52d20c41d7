namespace OrleansInfer.Models;

/// <summary>Jinja's two ways to a part of a value. Each tries the other: `a.b` the attribute first, `a['b']` the item first.</summary>
internal static class Lookup
{
    /// <summary>`value.name`</summary>
    public static TemplateValue Attribute(TemplateValue value, StringValue name, RenderState state)
    {
        if (value is UndefinedValue undefined)
            throw undefined.Fault;
        return value.Attribute(name.Text) ?? value.Item(name, state) ?? UndefinedValue.Missing(value, name);
    }

    /// <summary>`value[key]`</summary>
    public static TemplateValue Item(TemplateValue value, TemplateValue key, RenderState state)
    {
        if (value is UndefinedValue undefined)
            throw undefined.Fault;
        if (key is StringValue text)
            state.ChargeText(text.Text.Length);
        return value.Item(key, state)
            ?? (key is StringValue name ? value.Attribute(name.Text) : null)
            ?? UndefinedValue.Missing(value, key);
    }

    /// <summary>`value[start:stop:step]`; null where a bound is left out.</summary>
    public static TemplateValue Slice(
        TemplateValue value, TemplateValue? start, TemplateValue? stop, TemplateValue? step, RenderState state)
    {
        if (value is UndefinedValue undefined)
            throw undefined.Fault;
        if (value is not (StringValue or SequenceValue or RangeValue))
            throw new TemplateException($"'{value.TypeName}' object is not subscriptable");
        if (!(IsBound(start) && IsBound(stop) && IsBound(step)))
            throw new TemplateException("slice indices must be integers or None");
        var (first, stride, count) = PythonIndex.Slice(value.Length, start?.Integer, stop?.Integer, step?.Integer);
        state.Charge(value is StringValue && stride == 1 ? 0 : count);
        return value switch
        {
            StringValue text => Slice(text, first, stride, count, state),
            SequenceValue sequence => sequence.With(Pick(sequence.Items, first, stride, count)),
            _ => ((RangeValue)value).Slice(first, stride, count),
        };
    }

    static StringValue Slice(StringValue text, int first, int stride, int count, RenderState state)
    {
        if (count == 0)
            return text.Slice(0, 0);
        if (stride == 1)
            return text.Slice(text.Offset(first, state), text.Offset(first + count, state));
        TemplateValue[] characters = [.. text.Iterate(state)];
        state.Charge(characters.Length);
        var builder = new TextBuilder(state);
        foreach (var character in Pick(characters, first, stride, count))
            builder.Append((StringValue)character);
        return builder.ToValue(text.IsMarkup);
    }

    static TemplateValue[] Pick(TemplateValue[] items, int first, int stride, int count)
    {
        var picked = new TemplateValue[count];
        for (int i = 0; i < count; i++)
            picked[i] = items[first + i * stride];
        return picked;
    }

    static bool IsBound(TemplateValue? bound) => bound is null or NoneValue or { Integer: not null };
}
