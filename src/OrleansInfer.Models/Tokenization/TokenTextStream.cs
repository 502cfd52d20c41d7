using System.Text;

namespace OrleansInfer.Models;

/// <summary>Turns tokens into text as they come; bytes of a character that is not whole yet wait for the next token.</summary>
internal sealed class TokenTextStream(Tokenizer tokenizer, bool skipSpecialTokens, bool continuesText = false)
{
    readonly System.Text.Decoder _utf8 = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();
    int _leadingLeft = continuesText ? 0 : tokenizer.Decoder.LeadingCount;
    bool _isFirst = !continuesText;

    public string Push(int id)
    {
        if (tokenizer.IdToToken(id) is null || (skipSpecialTokens && tokenizer.IsSpecial(id)))
            return "";
        var bytes = _isFirst ? tokenizer.FirstTokenBytes(id) : tokenizer.TokenBytes(id);
        var text = Decode(bytes, flush: false);
        if (!_isFirst && tokenizer.Decoder.Separator is { Length: > 0 } separator)
            text = separator + text;
        _isFirst = false;
        return CutLeading(text);
    }

    /// <summary>What is left at the end: U+FFFD for bytes that never became a character.</summary>
    public string Flush() => CutLeading(Decode([], flush: true));

    string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        const int limit = 256;
        // The bytes that wait and these give at most one char each, and a flush one more.
        var capacity = bytes.Length + 4;
        var chars = capacity <= limit ? stackalloc char[capacity] : new char[capacity];
        var count = _utf8.GetChars(bytes, chars, flush);
        return count == 0 ? "" : new string(chars[..count]);
    }

    string CutLeading(string text)
    {
        if (_leadingLeft == 0 || text.Length == 0)
            return text;
        var cut = 0;
        while (cut < text.Length && _leadingLeft > 0 && text[cut] == tokenizer.Decoder.LeadingChar)
        {
            cut++;
            _leadingLeft--;
        }
        if (cut < text.Length)
            _leadingLeft = 0;
        return text[cut..];
    }
}
