using System.Text.RegularExpressions;

namespace OrleansInfer.Training.Tests;

/// <summary>Text to ids the textbook way: added tokens parsed, then the merge of lowest rank, again and again.</summary>
internal sealed class SlowBpe
{
    readonly Dictionary<string, int> _ids = [];
    readonly Dictionary<(string, string), int> _ranks = [];
    readonly Regex _added;

    public SlowBpe(BpeVocabulary vocabulary)
    {
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
            _ids[vocabulary.Tokens[id]] = id;
        foreach (var token in vocabulary.AddedTokens)
            _ids[token.Content] = vocabulary.IdOf(token.Content);
        for (var rank = 0; rank < vocabulary.Merges.Count; rank++)
            _ranks[vocabulary.Merges[rank]] = rank;
        _added = new($"({string.Join('|', vocabulary.AddedTokens.Select(t => Regex.Escape(t.Content)))})");
    }

    public int[] Encode(string text)
    {
        var result = new List<int>();
        var segments = _added.Split(text);
        for (var i = 0; i < segments.Length; i++)
        {
            if (i % 2 == 1)
                result.Add(_ids[segments[i]]);
            else
                foreach (var piece in PreTokenizer.Split(segments[i]))
                    result.AddRange(Word(piece));
        }
        return [.. result];
    }

    int[] Word(string piece)
    {
        var symbols = piece.Select(c => c.ToString()).ToList();
        while (LowestMerge(symbols) is { } at)
        {
            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }
        return [.. symbols.Select(s => _ids[s])];
    }

    int? LowestMerge(List<string> symbols)
    {
        var best = (Rank: int.MaxValue, At: -1);
        for (var i = 0; i + 1 < symbols.Count; i++)
            if (_ranks.TryGetValue((symbols[i], symbols[i + 1]), out var rank) && rank < best.Rank)
                best = (rank, i);
        return best.At < 0 ? null : best.At;
    }
}
