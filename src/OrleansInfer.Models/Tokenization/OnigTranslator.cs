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
    /// <summary>Onig counts Latin-1's fractions and superscripts as word characters too.</summary>
    const string WordClass = UnicodeText.WordClass + @"\u00B2\u00B3\u00B9\u00BC-\u00BE";

    readonly string _pattern;
    readonly StringBuilder _output = new();
    readonly Stack<(int Start, bool IgnoresCase)> _groups = new();
    readonly StandIns _standIns;
    int _at;
    bool _ignoresCase;

    /// <summary>Where the last atom begins in the output, or -1 where a quantifier has nothing to repeat.</summary>
    int _atom = -1;

    OnigTranslator(string pattern, StandIns standIns) => (_pattern, _standIns) = (pattern, standIns);

    public static (string Pattern, StandIns StandIns) Translate(string pattern)
    {
        var word = pattern.Contains(@"\w") || pattern.Contains(@"\W") || pattern.Contains(@"\b", StringComparison.OrdinalIgnoreCase);
        var standIns = new StandIns(SupplementaryRanges.In(word ? pattern + WordClass : pattern));
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
        _groups.Push((_output.Length, _ignoresCase));
        _atom = -1;
        Copy(1);
        if (!Follows("?"))
            return;
        var head = _at;
        while (_at < _pattern.Length && "?imx-".Contains(_pattern[_at]))
            _at++;
        var flags = _pattern[head.._at];
        // Ruby's m is what .NET calls s: the dot matches a line break too.
        _output.Append(flags.Replace('m', 's'));
        if (flags.Contains('i'))
            _ignoresCase = flags.IndexOf('i') < (flags.Contains('-') ? flags.IndexOf('-') : flags.Length);
        // Flags without a colon hold to the end of the group around them.
        if (flags.Length > 1 && Follows(")"))
            _groups.Push(_groups.Pop() with { IgnoresCase = _ignoresCase });
    }

    void CloseGroup()
    {
        if (!_groups.TryPop(out var group))
            throw Unsupported("it closes a group that was not opened");
        (_atom, _ignoresCase) = group;
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
        if (UnicodeText.CodePointLength(_pattern, _at) == 2)
            Supplementary(inClass);
        // Without case the long s is an s, though .NET thinks otherwise.
        else if (_ignoresCase && _pattern[_at] is 's' or 'S')
            Append(inClass ? "s\u017F" : "[s\u017F]", 1);
        else
            Copy(1);
    }

    void Supplementary(bool inClass)
    {
        if (inClass)
        {
            var (first, last, length) = SupplementaryRanges.At(_pattern, _at);
            Append(_standIns.Of(first, last), length);
        }
        else
            Append(_standIns.For(char.ConvertToUtf32(_pattern, _at)).ToString(), 2);
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
            case 'w': Append(inClass ? Word() : $"[{Word()}]", 2); break;
            case 'W' when !inClass: Append($"[^{Word()}]", 2); break;
            case 'b' when !inClass: Append($"(?:(?<=[{Word()}])(?![{Word()}])|(?<![{Word()}])(?=[{Word()}]))", 2); break;
            case 'B' when !inClass: Append($"(?:(?<=[{Word()}])(?=[{Word()}])|(?<![{Word()}])(?![{Word()}]))", 2); break;
            case 'W' or 'B': throw Unsupported(@"\W in a character class");
            case 'h': Append(inClass ? "0-9a-fA-F" : "[0-9a-fA-F]", 2); break;
            case 'x' when _at + 2 < _pattern.Length && _pattern[_at + 2] == '{': HexCodePoint(); break;
            default: Copy(2); break;
        }
    }

    /// <summary>The inside of a character class of all word characters.</summary>
    string Word()
    {
        var word = new OnigTranslator(WordClass, _standIns);
        while (word._at < WordClass.Length)
        {
            if (word.Follows("\\"))
                word.Escape(inClass: true);
            else
                word.Literal(inClass: true);
        }
        return word._output.ToString();
    }

    void HexCodePoint()
    {
        var end = _pattern.IndexOf('}', _at);
        if (end < 0 || !int.TryParse(_pattern.AsSpan(_at + 3, end - _at - 3), NumberStyles.HexNumber, null, out var codePoint)
            || codePoint > char.MaxValue)
            throw Unsupported(@"\x{} with a code point beyond U+FFFF");
        Append($"\\u{codePoint:X4}", end - _at + 1);
    }

    InvalidDataException Unsupported(string what) => new($"the pattern \"{_pattern}\" is not supported: {what}");
}
