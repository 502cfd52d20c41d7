namespace OrleansInfer.Models;

/// <summary>Splits every piece along the matches of a pattern. Digits, Punctuation and the two Whitespace types are patterns too.</summary>
internal sealed class SplitPreTokenizer(SplitPattern pattern, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    public override void Apply(PieceText text)
    {
        var points = new CodePointText(text.Text, pattern.StandIns);
        var pieces = new List<(int Start, int Length)>(Math.Max(text.Pieces.Count, text.Text.Length / 4) + 4);
        var matches = new List<(int Start, int Length)>();
        foreach (var piece in text.Pieces)
        {
            var start = points.ToView(piece.Start);
            var length = points.ToView(piece.Start + piece.Length) - start;
            matches.Clear();
            pattern.FindMatches(points.View.Slice(start, length), matches);
            DelimiterSplit.Append(matches, invert, behavior, start, length, pieces);
        }
        if (!points.IsText)
            ToText(points, pieces);
        text.Replace(pieces);
    }

    static void ToText(CodePointText points, List<(int Start, int Length)> pieces)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            var start = points.ToText(pieces[i].Start);
            pieces[i] = (start, points.ToText(pieces[i].Start + pieces[i].Length) - start);
        }
    }
}
