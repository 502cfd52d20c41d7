using System.Globalization;

namespace OrleansInfer.Models;

/// <summary>Python's `str.format` as Jinja's sandbox allows it: fields, their attributes and items, conversions and format specs.</summary>
internal sealed class BraceFormat
{
    readonly StringValue _format;
    readonly CallArguments _arguments;
    readonly RenderState _state;
    readonly FormatCursor _cursor;
    int _next;

    BraceFormat(StringValue format, CallArguments arguments, RenderState state)
    {
        (_format, _arguments, _state) = (format, arguments, state);
        _cursor = new FormatCursor(format.Text);
    }

    public static StringValue Apply(StringValue format, CallArguments arguments, RenderState state) =>
        new BraceFormat(format, arguments, state).Run();

    StringValue Run()
    {
        var builder = new TextBuilder(_state);
        while (!_cursor.AtEnd)
        {
            int start = _cursor.Position;
            char c = _cursor.Current;
            _cursor.Position++;
            if (c is not ('{' or '}') || _cursor.Take(c))
                builder.Append(_format, start, start + 1);
            else if (c == '{')
                builder.Append(Field(_cursor.TakeUntil('}')));
            else
                throw new TemplateException("single '}' in a format");
        }
        return builder.ToValue(_format.IsMarkup);
    }

    StringValue Field(string field)
    {
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? field : field[..colon], spec = colon < 0 ? "" : field[(colon + 1)..];
        if (spec.Contains('{', StringComparison.Ordinal))
            throw new TemplateException("fields inside a format spec are not supported");
        int mark = name.IndexOf('!', StringComparison.Ordinal);
        var value = Resolve(mark < 0 ? name : name[..mark]);
        if (mark >= 0)
            value = Converted(value, name[(mark + 1)..]);
        var text = ReadSpec(spec).Apply(value, _state);
        if (!_format.Untrusted.IsEmpty)
            text = text.Distrusted(); // its fill characters may come from the request
        return _format.IsMarkup ? MarkupEscape.Apply(text, _state) : text;
    }

    TemplateValue Converted(TemplateValue value, string conversion)
    {
        if (conversion == "s")
            return value.ToText(_state);
        if (conversion is not ("r" or "a"))
            throw new TemplateException($"unknown conversion '{conversion}' in a format");
        var builder = new TextBuilder(_state);
        value.WriteRepr(builder);
        return builder.ToValue();
    }

    TemplateValue Resolve(string path)
    {
        int end = path.AsSpan().IndexOfAny('.', '[');
        string first = end < 0 ? path : path[..end];
        var value = first.Length == 0 ? Positional(_next++) : int.TryParse(first, NumberStyles.None, null, out int index)
            ? Positional(index)
            : _arguments.Named.Find(first) ?? throw new TemplateException($"the format misses '{first}'");
        var cursor = new FormatCursor(path) { Position = end < 0 ? path.Length : end };
        while (!cursor.AtEnd)
            value = cursor.Take('[') ? Item(value, cursor.TakeUntil(']')) : Attribute(value, cursor, path);
        return value;
    }

    TemplateValue Positional(int index) => index < _arguments.Positional.Length
        ? _arguments.Positional[index]
        : throw new TemplateException($"the format wants more than {_arguments.Positional.Length} arguments");

    TemplateValue Item(TemplateValue value, string key)
    {
        TemplateValue index = int.TryParse(key, NumberStyles.None, null, out int number) ? new IntValue(number) : StringValue.Trusted(key);
        return Lookup.Item(value, index, _state);
    }

    TemplateValue Attribute(TemplateValue value, FormatCursor cursor, string path)
    {
        if (!cursor.Take('.'))
            throw new TemplateException("a format has something after ']'");
        int start = cursor.Position;
        while (!cursor.AtEnd && cursor.Current is not ('.' or '['))
            cursor.Position++;
        return Lookup.Attribute(value, StringValue.Trusted(path[start..cursor.Position]), _state);
    }

    static FormatSpec ReadSpec(string text)
    {
        var cursor = new FormatCursor(text);
        var spec = new FormatSpec();
        int fill = text.Length > 0 ? CodePoints.Width(text, 0) : 0;
        if (text.Length > fill && text[fill] is '<' or '>' or '^' or '=')
        {
            spec = spec with { Fill = text[..fill], Align = text[fill] };
            cursor.Position = fill + 1;
        }
        else if (cursor.TakeAny("<>^=") is { } align)
        {
            spec = spec with { Align = align };
        }
        spec = spec with { Sign = cursor.TakeAny("+- ") ?? '-', Alternate = cursor.Take('#') };
        if (cursor.Take('0') && spec.Align is null)
            spec = spec with { Fill = "0", Align = '=' };
        spec = spec with { Width = cursor.TakeNumber() ?? 0, Grouping = cursor.TakeAny(",_") };
        if (cursor.Take('.'))
            spec = spec with { Precision = cursor.TakeNumber() ?? throw new TemplateException("a format misses its precision") };
        spec = spec with { Type = cursor.TakeAny("sdnbcoxXeEfFgG%") };
        return cursor.AtEnd ? spec : throw new TemplateException($"invalid format specifier '{text}'");
    }
}
