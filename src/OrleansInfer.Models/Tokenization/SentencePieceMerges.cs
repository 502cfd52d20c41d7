namespace OrleansInfer.Models;

/// <summary>
/// The merges that make a SentencePiece BPE vocabulary, which has only scores: for every piece all its splits in two pieces,
/// the best score first, then the longest left part. It is the rule by which transformers converts such models
/// (generate_merges in convert_slow_tokenizer.py).
/// </summary>
internal static class SentencePieceMerges
{
    public static List<MergePair> Of(IReadOnlyList<SentencePieceModel.Piece> pieces, BpeVocabulary vocabulary)
    {
        var merges = new List<(int Left, int Right, float Score)>();
        foreach (var piece in pieces)
        {
            var first = merges.Count;
            for (var cut = 1; cut < piece.Text.Length; cut++)
            {
                if (char.IsLowSurrogate(piece.Text[cut]))
                    continue;
                if (vocabulary.TryGetId(piece.Text.AsSpan(0, cut), out var left)
                    && vocabulary.TryGetId(piece.Text.AsSpan(cut), out var right))
                    merges.Add((left, right, piece.Score));
            }
            merges.Sort(first, merges.Count - first, Comparer<(int Left, int Right, float)>.Create((a, b) =>
                (a.Left, a.Right).CompareTo((b.Left, b.Right))));
        }
        // The sort is stable: what is equal in all three stays in the order of the ids.
        return [.. merges.Select(merge => (Left: vocabulary.TokenOf(merge.Left)!, Right: vocabulary.TokenOf(merge.Right)!, merge.Score))
            .OrderByDescending(merge => merge.Score)
            .ThenByDescending(merge => UnicodeText.CountCodePoints(merge.Left))
            .ThenByDescending(merge => UnicodeText.CountCodePoints(merge.Right))
            .Select(merge => new MergePair(merge.Left + merge.Right, merge.Left.Length))];
    }
}
