namespace OrleansInfer.Models;

/// <summary>
/// Cuts a template into text and tags. White space goes as transformers sets Jinja up: `trim_blocks` (a block tag takes the line break
/// behind it), `lstrip_blocks` (and the blanks before it on its line), one line break at the very end; `-` and `+` in tags overrule it.
/// </summary>
internal sealed class TemplateLexer
{
    readonly TemplateSource _source;
    readonly List<TemplateToken> _tokens = [];

    TemplateLexer(string source) => _source = new TemplateSource(source);

    public static List<TemplateToken> Tokenize(string source)
    {
        var lexer = new TemplateLexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    void Run()
    {
        while (!_source.AtEnd)
        {
            int tag = FindTag();
            if (tag < 0)
            {
                AddText(_source.Text.Length);
                _source.AdvanceTo(_source.Text.Length);
                break;
            }
            ReadTag(tag);
        }
        _tokens.Add(new(TemplateTokenKind.End, "", _source.Line));
    }

    int FindTag()
    {
        for (int i = _source.Position; (i = _source.Text.IndexOf('{', i)) >= 0 && i + 1 < _source.Text.Length; i++)
        {
            if (_source.Text[i + 1] is '{' or '%' or '#')
                return i;
        }
        return -1;
    }

    void ReadTag(int tag)
    {
        char kind = _source.Text[tag + 1];
        AddText(TextEnd(tag, isPrint: kind == '{'));
        _source.AdvanceTo(tag + 2 + (SignAt(tag + 2) is null ? 0 : 1));
        if (kind == '#')
            SkipComment();
        else if (kind == '%' && RawStart() is { } raw)
            ReadRaw(raw);
        else
            ReadInside(isPrint: kind == '{');
    }

    void ReadInside(bool isPrint)
    {
        _tokens.Add(new(isPrint ? TemplateTokenKind.PrintStart : TemplateTokenKind.TagStart, "", _source.Line));
        new TemplateTagLexer(_source, _tokens).Read(isPrint ? "}}" : "%}");
        _tokens.Add(new(isPrint ? TemplateTokenKind.PrintEnd : TemplateTokenKind.TagEnd, "", _source.Line));
        char? sign = isPrint && _source.Current == '+' ? null : SignAt(_source.Position);
        CloseTag(_source.Position + (sign is null ? 2 : 3), sign, trimsLine: !isPrint);
    }

    void SkipComment()
    {
        int end = _source.Text.IndexOf("#}", _source.Position, StringComparison.Ordinal);
        if (end < 0)
            throw _source.Fault("Missing end of comment tag");
        CloseTag(end + 2, end > _source.Position ? SignAt(end - 1) : null, trimsLine: true);
    }

    /// <summary>Where the text inside a raw block starts, if the tag just opened is `raw`.</summary>
    int? RawStart()
    {
        int word = _source.AfterSpace(_source.Position);
        if (string.CompareOrdinal(_source.Text, word, "raw", 0, 3) != 0)
            return null;
        int end = _source.AfterSpace(word + 3);
        bool strips = end < _source.Text.Length && _source.Text[end] == '-';
        end += strips ? 1 : 0;
        if (string.CompareOrdinal(_source.Text, end, "%}", 0, 2) != 0)
            return null;
        return strips ? _source.AfterSpace(end + 2) : end + 2;
    }

    void ReadRaw(int start)
    {
        _source.AdvanceTo(start);
        for (int tag = start; (tag = _source.Text.IndexOf("{%", tag, StringComparison.Ordinal)) >= 0; tag += 2)
        {
            int word = _source.AfterSpace(tag + 2 + (SignAt(tag + 2) is null ? 0 : 1));
            if (string.CompareOrdinal(_source.Text, word, "endraw", 0, 6) != 0)
                continue;
            int close = _source.AfterSpace(word + 6);
            char? sign = SignAt(close);
            close += sign is null ? 0 : 1;
            if (string.CompareOrdinal(_source.Text, close, "%}", 0, 2) != 0)
                continue;
            AddText(TextEnd(tag, isPrint: false));
            CloseTag(close + 2, sign, trimsLine: true);
            return;
        }
        throw _source.Fault("Missing end of raw directive");
    }

    // Passes over a tag's end and over the white space that it takes with it.
    void CloseTag(int end, char? sign, bool trimsLine)
    {
        if (sign == '-')
            end = _source.AfterSpace(end);
        else if (trimsLine && sign is null && end < _source.Text.Length && _source.Text[end] == '\n')
            end++;
        _source.AdvanceTo(end);
    }

    // Where the text before a tag ends, once the tag has taken white space away from it.
    int TextEnd(int tag, bool isPrint)
    {
        int start = _source.Position, end = tag;
        if (SignAt(tag + 2) == '-')
        {
            while (end > start && PythonText.IsSpace(_source.Text[end - 1]))
                end--;
            return end;
        }
        if (isPrint || SignAt(tag + 2) == '+')
            return tag;
        while (end > start && PythonText.IsSpace(_source.Text[end - 1]) && _source.Text[end - 1] != '\n')
            end--;
        return end == 0 || _source.Text[end - 1] == '\n' ? end : tag;
    }

    char? SignAt(int position) => position < _source.Text.Length && _source.Text[position] is '-' or '+' ? _source.Text[position] : null;

    void AddText(int end)
    {
        if (end > _source.Position)
            _tokens.Add(new(TemplateTokenKind.Text, _source.Text[_source.Position..end], _source.Line));
    }
}
