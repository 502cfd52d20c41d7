using System.Text;

namespace OrleansInfer.Models;

/// <summary>SentencePiece's treatment of blanks: each becomes the mark (U+2581), and words may be split before it.</summary>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme scheme, bool split) : PreTokenizer
{
    public override void Apply(PieceText text)
    {
        var marked = new StringBuilder(text.Text.Length + text.Pieces.Count);
        var pieces = new List<(int Start, int Length)>(text.Pieces.Count);
        foreach (var piece in text.Pieces)
        {
            if (piece.Length == 0)
                continue;
            var start = marked.Length;
            if (NeedsMark(text, piece))
                marked.Append(mark);
            marked.Append(text.Span(piece)).Replace(' ', mark, start, marked.Length - start);
            pieces.Add((start, marked.Length - start));
        }
        text.Replace(marked.ToString(), pieces);
        if (split)
            SplitBeforeMarks(text);
    }

    bool NeedsMark(PieceText text, (int Start, int Length) piece)
    {
        var first = text.Text[piece.Start];
        if (first == ' ' || first == mark || scheme == PrependScheme.Never)
            return false;
        return scheme == PrependScheme.Always || (text.IsTextStart && piece.Start == 0);
    }

    void SplitBeforeMarks(PieceText text)
    {
        var words = new List<(int Start, int Length)>(text.Pieces.Count);
        foreach (var (start, length) in text.Pieces)
        {
            var from = start;
            for (var i = start + 1; i < start + length; i++)
            {
                if (text.Text[i] != mark)
                    continue;
                words.Add((from, i - from));
                from = i;
            }
            words.Add((from, start + length - from));
        }
        text.Replace(words);
    }
}
