using System.Buffers;

namespace OrleansInfer.Models;

/// <summary>Finds added tokens in a text, leftmost first and the longest at each place.</summary>
internal sealed class AddedTokenMatcher
{
    /// <summary>A stretch of text: an added token, or the plain text between two.</summary>
    public readonly record struct Part(int Start, int Length, AddedToken? Token);

    readonly Dictionary<(int Node, char Next), int> _children = [];
    readonly List<AddedToken?> _tokenAt = [null];
    readonly SearchValues<char> _firstChars;

    /// <param name="tokens">What to look for and the token that it stands for.</param>
    public AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        foreach (var (text, token) in tokens)
            if (text.Length > 0)
                Add(text, token);
        HasSpecial = _tokenAt.Any(token => token is { Special: true });
        _firstChars = SearchValues.Create(_children.Keys.Where(key => key.Node == 0).Select(key => key.Next).ToArray());
    }

    public bool IsEmpty => _tokenAt.Count == 1;

    public bool HasSpecial { get; }

    void Add(string text, AddedToken token)
    {
        var node = 0;
        foreach (var next in text)
        {
            if (!_children.TryGetValue((node, next), out var child))
            {
                child = _tokenAt.Count;
                _tokenAt.Add(null);
                _children.Add((node, next), child);
            }
            node = child;
        }
        _tokenAt[node] ??= token;
    }

    /// <summary>Cuts a text into added tokens and the plain text between them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="plain">Per char, whether no special token may be found there; null where they may be found anywhere.</param>
    public List<Part> Split(ReadOnlySpan<char> text, bool[]? plain)
    {
        var parts = new List<Part>();
        var from = 0;
        for (var at = 0; at < text.Length;)
        {
            var skip = text[at..].IndexOfAny(_firstChars);
            if (skip < 0)
                break;
            at += skip;
            var (token, end) = LongestAt(text, at, plain);
            if (token is null || (token.SingleWord && TouchesWord(text, at, end)))
            {
                at = token is null ? at + 1 : end;
                continue;
            }
            var start = token.LStrip ? from + text[from..at].TrimEnd().Length : at;
            if (token.RStrip)
                end = text.Length - text[end..].TrimStart().Length;
            if (start > from)
                parts.Add(new Part(from, start - from, null));
            parts.Add(new Part(start, end - start, token));
            from = at = end;
        }
        if (from < text.Length)
            parts.Add(new Part(from, text.Length - from, null));
        return parts;
    }

    (AddedToken? Token, int End) LongestAt(ReadOnlySpan<char> text, int start, bool[]? plain)
    {
        (AddedToken?, int) longest = (null, start);
        var mayBeSpecial = true;
        var node = 0;
        for (var i = start; i < text.Length && _children.TryGetValue((node, text[i]), out node); i++)
        {
            mayBeSpecial &= plain is null || !plain[i];
            if (_tokenAt[node] is { } token && (mayBeSpecial || !token.Special))
                longest = (token, i + 1);
        }
        return longest;
    }

    static bool TouchesWord(ReadOnlySpan<char> text, int start, int end) =>
        UnicodeText.EndsWithWord(text[..start]) || UnicodeText.StartsWithWord(text[end..]);
}
