namespace OrleansInfer.Models;

/// <summary>Reads the parts of a format text from left to right.</summary>
internal sealed class FormatCursor(string text)
{
    public int Position { get; set; }

    public bool AtEnd => Position >= text.Length;

    public char Current => AtEnd ? '\0' : text[Position];

    public bool Take(char c)
    {
        if (AtEnd || text[Position] != c)
            return false;
        Position++;
        return true;
    }

    /// <summary>The current character, if it is one of those given.</summary>
    public char? TakeAny(string characters) =>
        !AtEnd && characters.Contains(text[Position], StringComparison.Ordinal) ? text[Position++] : null;

    /// <summary>A decimal number; null where none stands. A width that no text may have is an error at once.</summary>
    public int? TakeNumber()
    {
        int start = Position, value = 0;
        for (; char.IsAsciiDigit(Current); Position++)
        {
            value = value * 10 + (Current - '0');
            if (value > TemplateLimits.TextLength)
                throw new TemplateException("a width or precision of a format is too large");
        }
        return Position == start ? null : value;
    }

    /// <summary>Everything up to a character, which is passed over.</summary>
    public string TakeUntil(char end)
    {
        int stop = text.IndexOf(end, Position);
        if (stop < 0)
            throw new TemplateException($"a format misses '{end}'");
        string taken = text[Position..stop];
        Position = stop + 1;
        return taken;
    }
}
