namespace OrleansInfer.Models;

/// <summary>Which pairs of tokens merge, in which order, and into what.</summary>
internal sealed class MergeTable
{
    readonly Dictionary<long, (int Rank, int Id)> _merges;

    /// <param name="pairs">Left and right parts in order of rank. Of two equal pairs the later counts, as in the reference.</param>
    /// <param name="vocabulary">Has every part and every result.</param>
    /// <param name="continuingPrefix">What a right part begins with and a merged token does not repeat.</param>
    /// <param name="forbidden">Tokens that text may never become: merges that would make one are left out.</param>
    public MergeTable(IReadOnlyList<MergePair> pairs, BpeVocabulary vocabulary, string continuingPrefix, IReadOnlySet<int> forbidden)
    {
        _merges = new Dictionary<long, (int, int)>(pairs.Count);
        for (var rank = 0; rank < pairs.Count; rank++)
        {
            var pair = pairs[rank];
            var merged = Require(vocabulary, pair.Merged(continuingPrefix));
            if (!forbidden.Contains(merged))
                _merges[Key(Require(vocabulary, pair.Left), Require(vocabulary, pair.Right))] = (rank, merged);
        }
    }

    public int Count => _merges.Count;

    static int Require(BpeVocabulary vocabulary, ReadOnlySpan<char> token) => vocabulary.TryGetId(token, out var id)
        ? id
        : throw new InvalidDataException($"a merge needs the token \"{token}\", which is not in the vocabulary");

    static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    public bool TryGet(int left, int right, out (int Rank, int Id) merge) => _merges.TryGetValue(Key(left, right), out merge);

    /// <summary>All merges, in no order.</summary>
    public IEnumerable<(int Left, int Right, int Merged)> All() =>
        _merges.Select(merge => ((int)(merge.Key >> 32), (int)merge.Key, merge.Value.Id));

    /// <summary>The merges in order of rank.</summary>
    public IEnumerable<(int Left, int Right, int Merged)> InOrder() => _merges
        .OrderBy(merge => merge.Value.Rank)
        .Select(merge => ((int)(merge.Key >> 32), (int)merge.Key, merge.Value.Id));
}
