using OrleansInfer.Models;

namespace OrleansInfer.Training;

/// <summary>
/// Learns byte-pair merges (Sennrich et al., 2016, "Neural Machine Translation of Rare Words with Subword Units"): the most frequent
/// pair of neighbours becomes a token, again and again. Ties go to the pair with the smaller ids, so the result is one.
/// </summary>
internal sealed class BpeTrainer
{
    readonly List<string> _tokens = [.. ByteAlphabet.All.Select(c => c.ToString())];
    readonly Dictionary<string, int> _ids = [];
    readonly List<(string, string)> _merges = [];
    readonly List<(List<int> Symbols, long Count)> _words = [];
    readonly Dictionary<(int Left, int Right), long> _pairCounts = [];
    readonly Dictionary<(int Left, int Right), HashSet<int>> _wordsWithPair = [];

    BpeTrainer(IEnumerable<string> texts)
    {
        for (var id = 0; id < _tokens.Count; id++)
            _ids[_tokens[id]] = id;
        var counts = new Dictionary<string, long>();
        foreach (var piece in texts.SelectMany(PreTokenizer.Split))
            counts[piece] = counts.GetValueOrDefault(piece) + 1;
        foreach (var (piece, count) in counts)
            _words.Add(([.. piece.Select(c => _ids[c.ToString()])], count));
        for (var word = 0; word < _words.Count; word++)
            CountPairs(word, sign: 1);
    }

    /// <param name="texts">Text without any of the added tokens.</param>
    /// <param name="vocabularySize">Tokens in all: 256 bytes, merges, added tokens.</param>
    /// <param name="addedTokens">What gets the last ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size leaves no room for the bytes and the added tokens.</exception>
    public static BpeVocabulary Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<AddedToken> addedTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 256 + addedTokens.Count);
        var trainer = new BpeTrainer(texts);
        while (trainer._tokens.Count < vocabularySize - addedTokens.Count && trainer.MergeBest())
        {
        }
        return new(trainer._tokens, trainer._merges, addedTokens);
    }

    bool MergeBest()
    {
        var best = _pairCounts.Aggregate(default(KeyValuePair<(int, int), long>), Better);
        if (best.Value < 2)
            return false;
        var (left, right) = best.Key;
        var merged = Token(_tokens[left] + _tokens[right]);
        _merges.Add((_tokens[left], _tokens[right]));
        foreach (var word in _wordsWithPair[best.Key].ToArray())
            MergeInWord(word, left, right, merged);
        return true;
    }

    static KeyValuePair<(int, int), long> Better(KeyValuePair<(int, int), long> a, KeyValuePair<(int, int), long> b) =>
        b.Value > a.Value || (b.Value == a.Value && b.Key.CompareTo(a.Key) < 0) ? b : a;

    // Two different pairs can spell the same token; it keeps its first id.
    int Token(string text)
    {
        if (!_ids.TryGetValue(text, out var id))
        {
            _ids[text] = id = _tokens.Count;
            _tokens.Add(text);
        }
        return id;
    }

    void MergeInWord(int word, int left, int right, int merged)
    {
        CountPairs(word, sign: -1);
        var symbols = _words[word].Symbols;
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != left || symbols[i + 1] != right)
                continue;
            symbols[i] = merged;
            symbols.RemoveAt(i + 1);
        }
        CountPairs(word, sign: 1);
    }

    void CountPairs(int word, int sign)
    {
        var (symbols, count) = _words[word];
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            var pair = (symbols[i], symbols[i + 1]);
            var total = _pairCounts.GetValueOrDefault(pair) + sign * count;
            if (total == 0)
                _pairCounts.Remove(pair);
            else
                _pairCounts[pair] = total;
            if (!_wordsWithPair.TryGetValue(pair, out var holders))
                _wordsWithPair[pair] = holders = [];
            _ = sign > 0 ? holders.Add(word) : holders.Remove(word);
        }
    }
}
