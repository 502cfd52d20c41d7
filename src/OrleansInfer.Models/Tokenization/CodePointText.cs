namespace OrleansInfer.Models;

/// <summary>
/// A text seen with one UTF-16 unit per code point, so that a .NET regex, which works on UTF-16, splits as the
/// code-point regexes of the reference library do. A text without surrogates is its own view and is not copied.
/// </summary>
internal readonly ref struct CodePointText
{
    readonly int[]? _textIndex;

    /// <summary>The text with a stand-in for every surrogate pair.</summary>
    public ReadOnlySpan<char> View { get; }

    public CodePointText(ReadOnlySpan<char> text, StandIns standIns)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            View = text;
            return;
        }
        var view = new char[text.Length];
        _textIndex = new int[text.Length + 1];
        var count = 0;
        for (var i = 0; i < text.Length;)
        {
            _textIndex[count] = i;
            var length = UnicodeText.CodePointLength(text, i);
            view[count++] = length == 2 ? standIns.For(char.ConvertToUtf32(text[i], text[i + 1])) : text[i];
            i += length;
        }
        Array.Resize(ref _textIndex, count + 1);
        _textIndex[count] = text.Length;
        View = view.AsSpan(0, count);
    }

    public bool IsText => _textIndex is null;

    public int ToText(int viewIndex) => _textIndex is null ? viewIndex : _textIndex[viewIndex];

    public int ToView(int textIndex)
    {
        if (_textIndex is null)
            return textIndex;
        var found = Array.BinarySearch(_textIndex, textIndex);
        return found < 0 ? ~found : found;
    }
}
