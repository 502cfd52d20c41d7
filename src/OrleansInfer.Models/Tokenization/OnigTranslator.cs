using System.Globalization;
using System.Text;

namespace OrleansInfer.Models;

/// <summary>
/// Rewrites a pattern of Onig (Ruby's syntax, what tokenizer.json is written in) for .NET: possessive quantifiers
/// become atomic groups, code points beyond U+FFFF their stand-ins, <c>\w</c>, <c>\h</c> and <c>\x{}</c> what they mean there.
/// What cannot be said in .NET is refused.
/// </summary>
internal sealed class OnigTranslator
{
    readonly string _pattern;
    readonly StringBuilder _output = new();
    readonly Stack<int> _groups = new();
    readonly StandIns _standIns;
    int _at;

    /// <summary>Where the last atom begins in the output, or -1 where a quantifier has nothing to repeat.</summary>
    int _atom = -1;

    OnigTranslator(string pattern, StandIns standIns) => (_pattern, _standIns) = (pattern, standIns);

    public static (string Pattern, StandIns StandIns) Translate(string pattern)
    {
        var standIns = new StandIns(SupplementaryRanges.In(pattern));
        return (new OnigTranslator(pattern, standIns).Run(), standIns);
    }

    string Run()
    {
        while (_at < _pattern.Length)
            Step(_pattern[_at]);
        return _output.ToString();
    }

    void Step(char next)
    {
        switch (next)
        {
            case '(': OpenGroup(); break;
            case ')': CloseGroup(); break;
            case '|': Copy(1); _atom = -1; break;
            case '*' or '+' or '?' when _atom >= 0: Quantifier(1); break;
            case '{' when _atom >= 0 && IntervalLength() is > 0 and var length: Quantifier(length); break;
            case '[': _atom = _output.Length; Class(); break;
            case '\\': _atom = _output.Length; Escape(inClass: false); break;
            default: _atom = _output.Length; Literal(inClass: false); break;
        }
    }

    void Copy(int count)
    {
        if (_at + count > _pattern.Length)
            throw Unsupported("it ends too early");
        _output.Append(_pattern, _at, count);
        _at += count;
    }

    void OpenGroup()
    {
        _groups.Push(_output.Length);
        _atom = -1;
        Copy(1);
        if (!Follows("?"))
            return;
        var head = _at;
        while (_at < _pattern.Length && "?imsx-".Contains(_pattern[_at]))
            _at++;
        // Ruby's m is what .NET calls s: the dot matches a line break too.
        _output.Append(_pattern[head.._at].Replace("s", "").Replace('m', 's'));
    }

    void CloseGroup()
    {
        if (!_groups.TryPop(out _atom))
            throw Unsupported("it closes a group that was not opened");
        Copy(1);
    }

    /// <summary>The length of <c>{2}</c>, <c>{2,}</c>, <c>{,3}</c> or <c>{2,3}</c> here; 0 where the brace is a plain character.</summary>
    int IntervalLength()
    {
        var end = _pattern.IndexOf('}', _at);
        if (end < 0)
            return 0;
        var inside = _pattern.AsSpan(_at + 1, end - _at - 1);
        return inside.ContainsAnyInRange('0', '9') && !inside.ContainsAnyExcept("0123456789,") ? end - _at + 1 : 0;
    }

    void Quantifier(int length)
    {
        var quantifier = _pattern.Substring(_at, length);
        _at += length;
        _output.Append(quantifier.StartsWith("{,", StringComparison.Ordinal) ? "{0" + quantifier[1..] : quantifier);
        if (Follows("?"))
            Copy(1);
        else if (Follows("+"))
        {
            // In Ruby's syntax X{2,3}+ is a repeated interval; only X?+, X*+ and X++ are possessive.
            _at++;
            _output.Insert(_atom, length > 1 ? "(?:" : "(?>").Append(length > 1 ? ")+" : ")");
        }
    }

    bool Follows(string text) => string.CompareOrdinal(_pattern, _at, text, 0, text.Length) == 0;

    void Class()
    {
        Copy(1);
        if (Follows("^"))
            Copy(1);
        if (Follows("]"))
            Append("\\]", 1);
        while (!Follows("]"))
        {
            if (_at >= _pattern.Length)
                throw Unsupported("a character class does not end");
            if (Follows("&&") || Follows("["))
                throw Unsupported("a character class inside another");
            if (Follows("\\"))
                Escape(inClass: true);
            else
                Literal(inClass: true);
        }
        Copy(1);
    }

    void Append(string output, int consumed)
    {
        _output.Append(output);
        _at += consumed;
    }

    void Literal(bool inClass)
    {
        if (UnicodeText.CodePointLength(_pattern, _at) == 1)
            Copy(1);
        else if (inClass)
            SupplementaryRange();
        else
            Append(_standIns.For(char.ConvertToUtf32(_pattern, _at)).ToString(), 2);
    }

    void SupplementaryRange()
    {
        var (first, last, length) = SupplementaryRanges.At(_pattern, _at);
        Append(_standIns.Of(first, last), length);
    }

    void Escape(bool inClass)
    {
        if (_at + 1 >= _pattern.Length)
            throw Unsupported("it ends in a backslash");
        switch (_pattern[_at + 1])
        {
            case 'p' or 'P':
                var end = _pattern.IndexOf('}', _at);
                Copy(end < 0 ? 2 : end - _at + 1);
                break;
            case 'w': Append(inClass ? UnicodeText.WordClass : $"[{UnicodeText.WordClass}]", 2); break;
            case 'W' when !inClass: Append($"[^{UnicodeText.WordClass}]", 2); break;
            case 'h': Append(inClass ? "0-9a-fA-F" : "[0-9a-fA-F]", 2); break;
            case 'x' when _at + 2 < _pattern.Length && _pattern[_at + 2] == '{': HexCodePoint(inClass); break;
            default: Copy(2); break;
        }
    }

    void HexCodePoint(bool inClass)
    {
        var end = _pattern.IndexOf('}', _at);
        if (end < 0 || !int.TryParse(_pattern.AsSpan(_at + 3, end - _at - 3), NumberStyles.HexNumber, null, out var codePoint)
            || codePoint > char.MaxValue)
            throw Unsupported(@"\x{} with a code point beyond U+FFFF");
        Append($"\\u{codePoint:X4}", end - _at + 1);
    }

    InvalidDataException Unsupported(string what) => new($"the pattern \"{_pattern}\" is not supported: {what}");
}
