namespace OrleansInfer.Models;

/// <summary>Python's `format % values`.</summary>
internal sealed class PercentFormat
{
    readonly StringValue _format;
    readonly TemplateValue _values;
    readonly RenderState _state;
    readonly FormatCursor _cursor;
    int _used;

    PercentFormat(StringValue format, TemplateValue values, RenderState state)
    {
        (_format, _values, _state) = (format, values, state);
        _cursor = new FormatCursor(format.Text);
    }

    public static StringValue Apply(StringValue format, TemplateValue values, RenderState state) =>
        new PercentFormat(format, values, state).Run();

    StringValue Run()
    {
        var builder = new TextBuilder(_state);
        while (!_cursor.AtEnd)
        {
            int start = _cursor.Position;
            int next = _format.Text.IndexOf('%', start);
            int end = next < 0 ? _format.Text.Length : next;
            builder.Append(_format, start, end);
            _cursor.Position = next < 0 ? end : next + 1;
            if (next >= 0)
                builder.Append(Conversion(next));
        }
        if (_values is TupleValue tuple ? _used < tuple.Length : _used == 0 && _values is not (DictValue or ListValue))
            throw new TemplateException("not all arguments converted during string formatting");
        return builder.ToValue(_format.IsMarkup);
    }

    StringValue Conversion(int start)
    {
        if (_cursor.Take('%'))
            return _format.Slice(start, start + 1);
        var value = _cursor.Take('(') ? Named(_cursor.TakeUntil(')')) : null;
        var spec = ReadFlags();
        spec = spec with { Width = _cursor.TakeNumber() ?? 0 };
        if (_cursor.Take('.'))
            spec = spec with { Precision = _cursor.TakeNumber() ?? 0 };
        char type = _cursor.TakeAny("sdiurfFeEgGxXoc") ?? throw new TemplateException("unsupported format character after '%'");
        value ??= Next();
        return Convert(spec, type, value);
    }

    StringValue Convert(FormatSpec spec, char type, TemplateValue value)
    {
        if (_format.IsMarkup && type == 's')
            value = MarkupEscape.Apply(value.ToText(_state), _state);
        if (type == 'r')
        {
            var builder = new TextBuilder(_state);
            value.WriteRepr(builder);
            value = builder.ToValue();
        }
        bool isText = type is 's' or 'r' or 'c';
        if (isText && spec.Align == '=')
            spec = spec with { Align = '>', Fill = " " };
        if (type is 'd' or 'i' or 'u' && value is FloatValue number)
            value = NumberFilters.Truncated(number.Value);
        if (type == 'c' && value is StringValue { Length: 1 })
            type = 's';
        return (spec with { Type = type switch { 'i' or 'u' => 'd', 'r' => 's', _ => type } }).Apply(value, _state);
    }

    FormatSpec ReadFlags()
    {
        var spec = new FormatSpec { Align = '>' };
        while (_cursor.TakeAny("-+ 0#") is { } flag)
        {
            spec = flag switch
            {
                '-' => spec with { Align = '<', Fill = " " },
                '+' => spec with { Sign = '+' },
                ' ' => spec with { Sign = spec.Sign == '+' ? '+' : ' ' },
                '#' => spec with { Alternate = true },
                _ => spec.Align == '<' ? spec : spec with { Align = '=', Fill = "0" },
            };
        }
        return spec;
    }

    TemplateValue Named(string key)
    {
        if (_values is not DictValue dict)
            throw new TemplateException("format requires a mapping");
        return dict.Find(key) ?? throw new TemplateException($"the format misses '{key}'");
    }

    TemplateValue Next()
    {
        int index = _used++;
        if (_values is TupleValue tuple)
            return index < tuple.Length ? tuple.Items[index] : throw NotEnough;
        return index == 0 ? _values : throw NotEnough;
    }

    static TemplateException NotEnough => new("not enough arguments for format string");
}
