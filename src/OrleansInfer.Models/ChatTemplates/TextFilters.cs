using System.Numerics;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>The filters that make a string of their value.</summary>
internal static class TextFilters
{
    public static readonly Builtin[] All =
    [
        New("string", [], (text, _) => text),
        New("upper", [], (text, _) => text.Mapped(text.Text.ToUpperInvariant())),
        New("lower", [], (text, _) => text.Mapped(text.Text.ToLowerInvariant())),
        New("capitalize", [], (text, _) => PythonText.Capitalize(text)),
        New("title", [], (text, _) => Title(text)),
        New("trim", ["chars"], (text, call) =>
            PythonText.Strip(text, call[0] is null or NoneValue ? null : call.String(0), left: true, right: true)),
        New("replace", ["old", "new", "count"], (text, call) => Replace(text, call)),
        New("center", ["width"], (text, call) =>
            StringMethods.Center(text, call.Size(0, 80), StringValue.Trusted(" "), call.State)),
        new("indent", ["width", "first", "blank"], (value, call) => Indent(Only(value), call)),
        new("truncate", ["length", "killwords", "end", "leeway"], (value, call) => Truncate(Only(value), call)),
        New("wordcount", [], (text, _) => new IntValue(CountWords(text.Text))),
        New("format", null, (text, call) =>
            PercentFormat.Apply(text, call.Given.Named.IsTrue ? call.Given.Named : new TupleValue(call.Given.Positional), call.State)),
        New("safe", [], (text, _) => text.AsMarkup()),
        New("escape", [], (text, call) => MarkupEscape.Apply(text, call.State)),
        New("e", [], (text, call) => MarkupEscape.Apply(text, call.State)),
        New("forceescape", [], (text, call) => MarkupEscape.Force(text, call.State)),
        new("urlencode", [], (value, call) => value.IsIterable && value is not StringValue
            ? throw new TemplateException("urlencode wants a string or a number")
            : UrlEncode(value.ToText(call.State), call.State)),
    ];

    static Builtin New(string name, string[]? parameters, Func<StringValue, BuiltinArguments, TemplateValue> body) =>
        new(name, parameters, (value, call) => body(value.ToText(call.State), call));

    // These two, alone among the filters of text, take nothing but text.
    static StringValue Only(TemplateValue value) => value switch
    {
        StringValue text => text,
        UndefinedValue undefined => throw undefined.Fault,
        _ => throw new TemplateException($"a string is needed here, not {value.TypeName}"),
    };

    static StringValue Replace(StringValue text, BuiltinArguments call)
    {
        var limit = call[2] is null or NoneValue ? -1 : BigInteger.Clamp(call.Integer(2, -1), -1, int.MaxValue);
        StringValue old = call.Required(0).ToText(call.State), with = call.Required(1).ToText(call.State);
        return TextReplacement.Apply(text.AsPlain(), old, with, (long)limit, call.State);
    }

    // Other than str.title: what follows an apostrophe or a digit stays small.
    static StringValue Title(StringValue text)
    {
        var title = new StringBuilder(text.Text.Length);
        bool inWord = false;
        foreach (char c in text.Text)
        {
            title.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = !(PythonText.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<');
        }
        return text.Mapped(title.ToString());
    }

    static StringValue Indent(StringValue text, BuiltinArguments call)
    {
        var indent = call[0] is StringValue given ? given : StringValue.Trusted(new string(' ', Math.Min(call.Size(0, 4), 4096)));
        bool first = call.Flag(1), blank = call.Flag(2);
        var builder = new TextBuilder(call.State);
        var lines = PythonText.SplitLines(text.Concat(StringValue.Trusted("\n"), call.State));
        for (int i = 0; i < lines.Count; i++)
        {
            if (i > 0)
                builder.Append('\n');
            var line = (StringValue)lines[i];
            if (i == 0 ? first : blank || line.IsTrue)
                builder.Append(indent);
            builder.Append(line);
        }
        return builder.ToValue(text.IsMarkup);
    }

    static StringValue Truncate(StringValue text, BuiltinArguments call)
    {
        int length = call.Size(0, 255);
        var end = call.Text(2, "...");
        int leeway = call[3] is null or NoneValue ? 5 : call.Size(3, 5);
        if (length < end.Length)
            throw new TemplateException($"truncate: the length is below that of its end, {end.Length}");
        if (text.Length <= length + leeway)
            return text;
        var kept = text.Slice(0, text.Offset(length - end.Length, call.State));
        int blank = kept.Text.LastIndexOf(' ');
        if (!call.Flag(1) && blank >= 0)
            kept = kept.Slice(0, blank);
        return new TextBuilder(call.State).Append(kept).Append(end).ToValue();
    }

    static int CountWords(string text)
    {
        int words = 0;
        bool inWord = false;
        foreach (var rune in text.EnumerateRunes())
        {
            bool isWord = Rune.IsLetter(rune) || Rune.IsNumber(rune) || rune.Value == '_';
            words += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }
        return words;
    }

    static StringValue UrlEncode(StringValue text, RenderState state)
    {
        state.ChargeText(3 * text.Text.Length);
        string encoded = Uri.EscapeDataString(text.Text).Replace("%2F", "/", StringComparison.Ordinal);
        return text.Untrusted.IsEmpty ? StringValue.Trusted(encoded) : StringValue.FromRequest(encoded);
    }
}
