using System.Collections.Frozen;
using System.Numerics;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>The methods of Python's strings.</summary>
internal static class StringMethods
{
    static readonly FrozenDictionary<string, Builtin> Table = new Builtin[]
    {
        New("strip", ["chars"], (text, call) => PythonText.Strip(text, Characters(call), left: true, right: true)),
        New("lstrip", ["chars"], (text, call) => PythonText.Strip(text, Characters(call), left: true, right: false)),
        New("rstrip", ["chars"], (text, call) => PythonText.Strip(text, Characters(call), left: false, right: true)),
        New("split", ["sep", "maxsplit"], (text, call) => Split(text, call, fromRight: false)),
        New("rsplit", ["sep", "maxsplit"], (text, call) => Split(text, call, fromRight: true)),
        New("splitlines", ["keepends"], (text, call) => List(PythonText.SplitLines(text, call.Flag(0)), call)),
        New("partition", ["sep"], (text, call) => Partition(text, call, fromRight: false)),
        New("rpartition", ["sep"], (text, call) => Partition(text, call, fromRight: true)),
        New("upper", [], (text, _) => text.Mapped(text.Text.ToUpperInvariant())),
        New("lower", [], (text, _) => text.Mapped(text.Text.ToLowerInvariant())),
        New("casefold", [], (text, _) => text.Mapped(text.Text.ToLowerInvariant())),
        New("title", [], (text, _) => PythonText.Title(text)),
        New("capitalize", [], (text, _) => PythonText.Capitalize(text)),
        New("swapcase", [], (text, _) => PythonText.SwapCase(text)),
        New("replace", ["old", "new", "count"], (text, call) => TextReplacement.Apply(
            text, call.String(0), Escaped(text, call, 1), (long)BigInteger.Clamp(call.Integer(2, -1), -1, int.MaxValue), call.State)),
        New("removeprefix", ["prefix"], (text, call) =>
            StartsWith(text, call.String(0)) ? text.Slice(End(call.String(0)), End(text)) : text),
        New("removesuffix", ["suffix"], (text, call) =>
            EndsWith(text, call.String(0)) ? text.Slice(0, End(text) - End(call.String(0))) : text),
        New("join", ["items"], (text, call) => Join(text, call)),
        New("format", null, (text, call) => BraceFormat.Apply(text, call.Given, call.State)),
        New("ljust", ["width", "fillchar"], (text, call) => Justify(text, call, '<')),
        New("rjust", ["width", "fillchar"], (text, call) => Justify(text, call, '>')),
        New("center", ["width", "fillchar"], (text, call) => Center(text, call.Size(0, 0), Fill(call), call.State)),
        New("zfill", ["width"], (text, call) => ZeroFill(text, call)),
        New("expandtabs", ["tabsize"], (text, call) => ExpandTabs(text, call)),
        New("startswith", ["prefix", "start", "end"], (text, call) => AnyAffix(text, call, StartsWith)),
        New("endswith", ["suffix", "start", "end"], (text, call) => AnyAffix(text, call, EndsWith)),
        New("find", ["sub", "start", "end"], (text, call) => new IntValue(StringSearch.Find(text, call, last: false))),
        New("rfind", ["sub", "start", "end"], (text, call) => new IntValue(StringSearch.Find(text, call, last: true))),
        New("index", ["sub", "start", "end"], (text, call) => new IntValue(StringSearch.Index(text, call, last: false))),
        New("rindex", ["sub", "start", "end"], (text, call) => new IntValue(StringSearch.Index(text, call, last: true))),
        New("count", ["sub", "start", "end"], (text, call) => new IntValue(StringSearch.Count(text, call))),
        New("isdigit", [], (text, _) => BoolValue.Of(PythonText.AllRunes(text.Text, Rune.IsDigit))),
        New("isdecimal", [], (text, _) => BoolValue.Of(PythonText.AllRunes(text.Text, Rune.IsDigit))),
        New("isnumeric", [], (text, _) => BoolValue.Of(PythonText.AllRunes(text.Text, Rune.IsNumber))),
        New("isalpha", [], (text, _) => BoolValue.Of(PythonText.AllRunes(text.Text, Rune.IsLetter))),
        New("isalnum", [], (text, _) => BoolValue.Of(PythonText.AllRunes(text.Text, rune => Rune.IsLetter(rune) || Rune.IsNumber(rune)))),
        New("isspace", [], (text, _) => BoolValue.Of(text.IsTrue && text.Text.All(PythonText.IsSpace))),
        New("isascii", [], (text, _) => BoolValue.Of(Ascii.IsValid(text.Text))),
        New("isupper", [], (text, _) => BoolValue.Of(PythonText.HasOnlyCase(text.Text, upper: true))),
        New("islower", [], (text, _) => BoolValue.Of(PythonText.HasOnlyCase(text.Text, upper: false))),
    }.ToFrozenDictionary(method => method.Name);

    public static Builtin? Find(string name) => Table.GetValueOrDefault(name);

    /// <summary>Pads to a width on both sides; the odd blank goes where Python puts it.</summary>
    public static StringValue Center(StringValue text, int width, StringValue fill, RenderState state)
    {
        int missing = width - text.Length;
        if (missing <= 0)
            return text;
        int before = missing / 2 + (missing & width & 1);
        return new TextBuilder(state).Append(Arithmetic.Repeat(fill, before, state)).Append(text)
            .Append(Arithmetic.Repeat(fill, missing - before, state)).ToValue(text.IsMarkup);
    }

    static Builtin New(string name, string[]? parameters, Func<StringValue, BuiltinArguments, TemplateValue> body) =>
        new(name, parameters, (self, call) => body((StringValue)self, call));

    static int End(StringValue text) => text.Text.Length;

    static StringValue? Characters(BuiltinArguments call) => call[0] is null or NoneValue ? null : call.String(0);

    static ListValue List(List<TemplateValue> items, BuiltinArguments call)
    {
        call.State.Charge(items.Count);
        return new([.. items]);
    }

    static bool StartsWith(StringValue text, StringValue part) => text.Text.StartsWith(part.Text, StringComparison.Ordinal);

    static bool EndsWith(StringValue text, StringValue part) => text.Text.EndsWith(part.Text, StringComparison.Ordinal);

    static BoolValue AnyAffix(StringValue text, BuiltinArguments call, Func<StringValue, StringValue, bool> matches)
    {
        if (!StringSearch.TryWindow(text, call, out int start, out int end))
            return BoolValue.False;
        var window = text.Slice(start, end);
        return BoolValue.Of(call.Required(0) is TupleValue parts
            ? parts.Items.Any(part => part is StringValue affix && matches(window, affix))
            : matches(window, call.String(0)));
    }

    // Methods of a text marked as safe escape what is put into it.
    static StringValue Escaped(StringValue self, BuiltinArguments call, int index) =>
        self.IsMarkup ? MarkupEscape.Apply(call.String(index), call.State) : call.String(index);

    static ListValue Split(StringValue text, BuiltinArguments call, bool fromRight)
    {
        int max = (int)BigInteger.Clamp(call.Integer(1, -1), -1, int.MaxValue);
        if (call[0] is null or NoneValue)
            return List(PythonText.SplitAtSpace(text, max, fromRight), call);
        call.State.ChargeSearch(text.Text.Length, call.String(0).Text.Length);
        return List(PythonText.Split(text, call.String(0).Text, max, fromRight), call);
    }

    static TupleValue Partition(StringValue text, BuiltinArguments call, bool fromRight)
    {
        var separator = call.String(0);
        call.State.ChargeSearch(text.Text.Length, separator.Text.Length);
        var parts = PythonText.Split(text, separator.Text, 1, fromRight);
        if (parts.Count == 2)
            return new([parts[0], separator, parts[1]]);
        return fromRight ? new([StringValue.Empty, StringValue.Empty, text]) : new([text, StringValue.Empty, StringValue.Empty]);
    }

    static StringValue Join(StringValue separator, BuiltinArguments call)
    {
        var builder = new TextBuilder(call.State);
        bool first = true;
        foreach (var item in call.Required(0).Iterate(call.State))
        {
            if (item is not StringValue text)
                throw new TemplateException($"join() wants strings, not {item.TypeName}");
            if (!first)
                builder.Append(separator);
            first = false;
            builder.Append(separator.IsMarkup ? MarkupEscape.Apply(text, call.State) : text);
            call.State.Charge(1);
        }
        return builder.ToValue(separator.IsMarkup);
    }

    static StringValue Fill(BuiltinArguments call) => call[1] is null ? StringValue.Trusted(" ") : call.String(1).Length == 1
        ? call.String(1)
        : throw new TemplateException("the fill character must be exactly one character long");

    static StringValue Justify(StringValue text, BuiltinArguments call, char side)
    {
        var padding = Arithmetic.Repeat(Fill(call), call.Size(0, 0) - text.Length, call.State);
        return side == '<' ? text.Concat(padding, call.State) : padding.Concat(text, call.State);
    }

    static StringValue ZeroFill(StringValue text, BuiltinArguments call)
    {
        int sign = text.Text.StartsWith('-') || text.Text.StartsWith('+') ? 1 : 0;
        var zeros = Arithmetic.Repeat(StringValue.Trusted("0"), call.Size(0, 0) - text.Length, call.State);
        return new TextBuilder(call.State).Append(text, 0, sign).Append(zeros).Append(text, sign, End(text)).ToValue(text.IsMarkup);
    }

    static StringValue ExpandTabs(StringValue text, BuiltinArguments call)
    {
        var builder = new TextBuilder(call.State);
        int size = call.Size(0, 8), column = 0;
        for (int i = 0; i < text.Text.Length; i++)
        {
            char c = text.Text[i];
            int blanks = size == 0 ? 0 : size - column % size;
            if (c == '\t')
                builder.Append(' ', blanks);
            else
                builder.Append(text, i, i + 1);
            column = c is '\n' or '\r' ? 0 : column + (c == '\t' ? blanks : 1);
        }
        return builder.ToValue(text.IsMarkup);
    }
}
