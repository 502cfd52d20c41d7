using System.Globalization;

namespace OrleansInfer.Models;

/// <summary>
/// `tojson` as Hugging Face defines it for chat templates: Python's `json.dumps` without HTML escapes, with its separators and its
/// spelling of numbers. What stands in the request's strings stays marked as the request's.
/// </summary>
internal sealed class JsonText(TextBuilder builder, JsonStyle style)
{
    public void Write(TemplateValue value, int level = 0)
    {
        builder.State.Descend();
        switch (value)
        {
            case StringValue text:
                WriteString(text);
                break;
            case SequenceValue sequence:
                WriteItems('[', ']', sequence.Items, level, item => Write(item, level + 1));
                break;
            case DictValue dict:
                WriteItems('{', '}', Sorted(dict), level, item => WriteMember(item, level));
                break;
            default:
                builder.Append(Scalar(value) ?? throw new TemplateException($"Object of type {value.TypeName} is not JSON serializable"));
                break;
        }
        builder.State.Leave();
    }

    void WriteItems<T>(char open, char close, IReadOnlyList<T> items, int level, Action<T> write)
    {
        builder.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                builder.Append(style.ItemSeparator);
            WriteLineBreak(level + 1);
            write(items[i]);
        }
        if (items.Count > 0)
            WriteLineBreak(level);
        builder.Append(close);
    }

    void WriteMember(KeyValuePair<TemplateValue, TemplateValue> member, int level)
    {
        WriteString(member.Key as StringValue ?? StringValue.Trusted(Scalar(member.Key)
            ?? throw new TemplateException($"keys must be str, int, float, bool or None, not {member.Key.TypeName}")));
        builder.Append(style.KeySeparator);
        Write(member.Value, level + 1);
    }

    IReadOnlyList<KeyValuePair<TemplateValue, TemplateValue>> Sorted(DictValue dict) =>
        style.SortKeys ? MergeSort.Sorted(dict.Items, item => item.Key, builder.State) : dict.Items;

    void WriteLineBreak(int level)
    {
        if (style.Indent is not { } indent)
            return;
        builder.Append('\n');
        for (int i = 0; i < level; i++)
            builder.Append(indent);
    }

    void WriteString(StringValue value)
    {
        builder.Append('"');
        var origins = new OriginCursor(value.Untrusted);
        int copied = 0;
        for (int i = 0; i < value.Text.Length; i++)
        {
            if (Escape(value.Text[i]) is not { } escape)
                continue;
            builder.Append(value, copied, i).Append(escape, origins.IsUntrusted(i));
            copied = i + 1;
        }
        builder.Append(value, copied, value.Text.Length).Append('"');
    }

    string? Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => $"\\u{(int)c:x4}",
        > '~' when style.EnsureAscii => $"\\u{(int)c:x4}",
        _ => null,
    };

    static string? Scalar(TemplateValue value) => value switch
    {
        NoneValue => "null",
        BoolValue flag => flag.Value ? "true" : "false",
        IntValue number => number.Value.ToString(CultureInfo.InvariantCulture),
        FloatValue { Value: double.NaN } => "NaN",
        FloatValue { Value: var number } => double.IsInfinity(number) ? (number > 0 ? "Infinity" : "-Infinity") : PythonFloat.Repr(number),
        _ => null,
    };
}
