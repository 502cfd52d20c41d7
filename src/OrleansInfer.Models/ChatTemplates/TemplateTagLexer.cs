namespace OrleansInfer.Models;

/// <summary>Cuts the inside of one tag into names, literals and operators, up to the tag's end.</summary>
internal sealed class TemplateTagLexer(TemplateSource source, List<TemplateToken> tokens)
{
    // The longer ones first, as the first that fits is taken.
    static readonly string[] Operators =
    [
        "==", "!=", ">=", "<=", "//", "**", "+", "-", "*", "/", "%", "~",
        "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "=", "<", ">", ";",
    ];

    readonly Stack<string> _open = new();

    public void Read(string closing)
    {
        while (true)
        {
            source.SkipSpace();
            if (source.AtEnd)
                throw source.Fault("unexpected end of template");
            if (_open.Count == 0 && AtClosing(closing))
                return;
            ReadToken();
        }
    }

    bool AtClosing(string closing) => source.StartsWith(closing)
        || (source.Current == '-' || (source.Current == '+' && closing == "%}")) && source.StartsWith(closing, 1);

    void ReadToken()
    {
        char c = source.Current;
        int line = source.Line;
        if (char.IsLetter(c) || c == '_')
            tokens.Add(new(TemplateTokenKind.Name, ReadWhile(x => char.IsLetterOrDigit(x) || x == '_'), line));
        else if (char.IsAsciiDigit(c))
            ReadNumber();
        else if (c is '"' or '\'')
            tokens.Add(new(TemplateTokenKind.String, TemplateStringLiteral.Read(source), line));
        else
            ReadOperator();
    }

    void ReadOperator()
    {
        string op = Array.Find(Operators, candidate => source.StartsWith(candidate))
            ?? throw source.Fault($"unexpected char '{source.Current}'");
        if (op is "(" or "[" or "{")
            _open.Push(op switch { "(" => ")", "[" => "]", _ => "}" });
        else if (op is ")" or "]" or "}" && (!_open.TryPop(out string? expected) || expected != op))
            throw source.Fault($"unexpected '{op}'");
        tokens.Add(new(TemplateTokenKind.Operator, op, source.Line));
        source.AdvanceTo(source.Position + op.Length);
    }

    void ReadNumber()
    {
        int line = source.Line;
        if (source.Current == '0' && char.ToLowerInvariant(source.Peek(1)) is 'x' or 'o' or 'b')
        {
            tokens.Add(new(TemplateTokenKind.Integer, ReadWhile(char.IsAsciiLetterOrDigit), line));
            return;
        }
        string digits = ReadDigits();
        bool isFloat = false;
        // Behind a dot, as in `a.0.b`, a number is an index and takes no fraction.
        if (source.Current == '.' && char.IsAsciiDigit(source.Peek(1)) && tokens[^1] is not { Kind: TemplateTokenKind.Operator, Text: "." })
        {
            source.Read();
            digits += "." + ReadDigits();
            isFloat = true;
        }
        int sign = source.Peek(1) is '+' or '-' ? 1 : 0;
        if (source.Current is 'e' or 'E' && char.IsAsciiDigit(source.Peek(1 + sign)))
        {
            digits += source.Read().ToString() + (sign == 1 ? source.Read().ToString() : "") + ReadDigits();
            isFloat = true;
        }
        tokens.Add(new(isFloat ? TemplateTokenKind.Float : TemplateTokenKind.Integer, digits, line));
    }

    string ReadDigits() => ReadWhile(c => char.IsAsciiDigit(c) || c == '_').Replace("_", "", StringComparison.Ordinal);

    string ReadWhile(Func<char, bool> belongs)
    {
        int end = source.Position;
        while (end < source.Text.Length && belongs(source.Text[end]))
            end++;
        string text = source.Text[source.Position..end];
        source.AdvanceTo(end);
        return text;
    }
}
