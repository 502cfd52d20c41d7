namespace OrleansInfer.Models;

/// <summary>
/// A string that knows which of its characters came from the request. What is derived from it keeps that knowledge: character by
/// character where an operation moves or escapes characters, for the whole result where it does not. Comparing ignores it.
/// </summary>
/// <param name="text">UTF-16; templates count and cut it in code points.</param>
/// <param name="untrusted">The characters that came from the request.</param>
/// <param name="isMarkup">What `|safe` makes (markupsafe's Markup): adding an ordinary string to it escapes that string.</param>
internal sealed class StringValue(string text, UntrustedRanges untrusted, bool isMarkup = false) : TemplateValue
{
    public static readonly StringValue Empty = Trusted("");

    // Counted once: templates ask for the length of a text, or index it, again and again. -1: not counted yet.
    int _codePoints = -1;

    public string Text => text;

    public UntrustedRanges Untrusted => untrusted;

    public bool IsMarkup => isMarkup;

    public override string TypeName => isMarkup ? "Markup" : "str";

    public override bool IsTrue => text.Length > 0;

    public override bool IsIterable => true;

    public override int Length => _codePoints >= 0 ? _codePoints : _codePoints = CodePoints.Count(text);

    /// <summary>A string of the template, of the engine or of the checkpoint.</summary>
    public static StringValue Trusted(string text) => new(text, UntrustedRanges.None);

    /// <summary>A string of the request.</summary>
    public static StringValue FromRequest(string text) => new(text, UntrustedRanges.All);

    /// <summary>The UTF-16 units [start, end).</summary>
    public StringValue Slice(int start, int end) =>
        start == 0 && end == text.Length ? this : new(text[start..Math.Max(start, end)], untrusted.Slice(start, end), isMarkup);

    public StringValue Concat(StringValue next, RenderState state)
    {
        long length = (long)text.Length + next.Text.Length;
        if (length > TemplateLimits.TextLength)
            throw new TemplateException($"the template makes a text longer than {TemplateLimits.TextLength} characters");
        state.ChargeText((int)length);
        return new(text + next.Text, untrusted.Followed(text.Length, next.Untrusted, next.Text.Length), isMarkup && next.IsMarkup);
    }

    /// <summary>The same text in another form: of the same origin at each place if as long, else all of the request if any was.</summary>
    public StringValue Mapped(string mapped) =>
        new(mapped, mapped.Length == text.Length || untrusted.IsEmpty ? untrusted : UntrustedRanges.All, isMarkup);

    /// <summary>The same text, all of it from the request.</summary>
    public StringValue Distrusted() => new(text, UntrustedRanges.All, isMarkup);

    public StringValue AsMarkup() => isMarkup ? this : new(text, untrusted, true);

    /// <summary>The same text without the mark of `|safe`.</summary>
    public StringValue AsPlain() => isMarkup ? new(text, untrusted) : this;

    public override IEnumerable<TemplateValue> Iterate(RenderState state)
    {
        for (int i = 0; i < text.Length;)
        {
            int next = i + CodePoints.Width(text, i);
            yield return Slice(i, next);
            i = next;
        }
    }

    public override TemplateValue? Attribute(string name) => StringMethods.Find(name) is { } method ? new BuiltinValue(method, this) : null;

    public override TemplateValue? Item(TemplateValue key, RenderState state)
    {
        if (key.Integer is not { } index || !PythonIndex.TryResolve(index, Length, out int position))
            return null;
        int start = Offset(position, state);
        return Slice(start, start + CodePoints.Width(text, start));
    }

    /// <summary>The UTF-16 offset of a code point.</summary>
    public int Offset(int codePoint, RenderState state)
    {
        if (Length == text.Length)
            return codePoint;
        state.ChargeText(text.Length);
        return CodePoints.Offset(text, codePoint);
    }

    public override StringValue ToText(RenderState state) => this;

    public override void WriteText(TextBuilder builder) => builder.Append(this);

    public override void WriteRepr(TextBuilder builder) => PythonRepr.Write(builder, this);
}
