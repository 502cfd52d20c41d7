namespace OrleansInfer.Models;

/// <summary>The options of `tojson`.</summary>
/// <param name="Indent">What a level is indented with; null writes one line.</param>
internal sealed record JsonStyle(StringValue? Indent, StringValue ItemSeparator, StringValue KeySeparator, bool EnsureAscii, bool SortKeys)
{
    /// <summary>The filter itself: tojson(ensure_ascii=False, indent=None, separators=None, sort_keys=False).</summary>
    public static readonly Builtin Filter = new("tojson", ["ensure_ascii", "indent", "separators", "sort_keys"], (value, call) =>
    {
        var builder = new TextBuilder(call.State);
        new JsonText(builder, Read(call)).Write(value);
        return builder.ToValue();
    });

    static JsonStyle Read(BuiltinArguments call)
    {
        var indent = call[1] switch
        {
            null or NoneValue => null,
            StringValue text => text,
            _ => StringValue.Trusted(new string(' ', Math.Min(call.Size(1, 0), 64))),
        };
        if (call[2] is SequenceValue { Items: [StringValue item, StringValue key] })
            return new(indent, item, key, call.Flag(0), call.Flag(3));
        if (call[2] is not (null or NoneValue))
            throw new TemplateException("separators of tojson are a pair of strings");
        var between = StringValue.Trusted(indent is null ? ", " : ",");
        return new(indent, between, StringValue.Trusted(": "), call.Flag(0), call.Flag(3));
    }
}
