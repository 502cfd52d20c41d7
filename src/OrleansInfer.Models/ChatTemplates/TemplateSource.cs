namespace OrleansInfer.Models;

/// <summary>The text of a template and the place up to which it has been read.</summary>
internal sealed class TemplateSource
{
    public TemplateSource(string text)
    {
        if (text.Length > TemplateLimits.SourceLength)
            throw new TemplateException($"the template is longer than {TemplateLimits.SourceLength} characters");
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        Text = text.EndsWith('\n') ? text[..^1] : text;
    }

    public string Text { get; }

    public int Position { get; private set; }

    public int Line { get; private set; } = 1;

    public bool AtEnd => Position >= Text.Length;

    public char Current => Peek(0);

    public char Peek(int ahead) => Position + ahead < Text.Length ? Text[Position + ahead] : '\0';

    public bool StartsWith(string expected, int ahead = 0) =>
        string.CompareOrdinal(Text, Position + ahead, expected, 0, expected.Length) == 0;

    public void AdvanceTo(int position)
    {
        Line += Text.AsSpan(Position, position - Position).Count('\n');
        Position = position;
    }

    public char Read()
    {
        if (AtEnd)
            throw Fault("unexpected end of template");
        char c = Current;
        AdvanceTo(Position + 1);
        return c;
    }

    public void SkipSpace() => AdvanceTo(AfterSpace(Position));

    /// <summary>The first position from <paramref name="position"/> on that holds no white space.</summary>
    public int AfterSpace(int position)
    {
        while (position < Text.Length && PythonText.IsSpace(Text[position]))
            position++;
        return position;
    }

    public TemplateException Fault(string message) => new(message, Line);
}
