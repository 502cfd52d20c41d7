namespace OrleansInfer.Models;

/// <summary>A text on its way through the pre-tokenizers: the text as it is now and the pieces it is cut into, in order.</summary>
internal sealed class PieceText(string text, bool isTextStart)
{
    public string Text { get; private set; } = text;

    public List<(int Start, int Length)> Pieces { get; private set; } = [(0, text.Length)];

    /// <summary>Whether the first piece begins where the whole input begins, with no special token before it.</summary>
    public bool IsTextStart { get; } = isTextStart;

    public ReadOnlySpan<char> Span((int Start, int Length) piece) => Text.AsSpan(piece.Start, piece.Length);

    /// <summary>Puts new pieces in place of the old ones; empty ones disappear.</summary>
    public void Replace(List<(int Start, int Length)> pieces)
    {
        pieces.RemoveAll(piece => piece.Length == 0);
        Pieces = pieces;
    }

    public void Replace(string text, List<(int Start, int Length)> pieces)
    {
        Text = text;
        Replace(pieces);
    }
}
