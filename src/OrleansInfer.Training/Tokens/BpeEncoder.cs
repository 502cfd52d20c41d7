using System.Text.RegularExpressions;

namespace OrleansInfer.Training;

/// <summary>Text to ids with a <see cref="BpeVocabulary"/>, added tokens parsed: the textbook way, with a cache of words.</summary>
internal sealed class BpeEncoder
{
    readonly Dictionary<string, int> ids = [];
    readonly Dictionary<(string, string), int> ranks = [];
    readonly Dictionary<string, int[]> words = [];
    readonly Regex added;

    public BpeEncoder(BpeVocabulary vocabulary)
    {
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
            ids[vocabulary.Tokens[id]] = id;
        foreach (var token in vocabulary.AddedTokens)
            ids[token.Content] = vocabulary.IdOf(token.Content);
        for (var rank = 0; rank < vocabulary.Merges.Count; rank++)
            ranks[vocabulary.Merges[rank]] = rank;
        added = new($"({string.Join('|', vocabulary.AddedTokens.Select(t => Regex.Escape(t.Content)))})");
    }

    public int[] Encode(string text)
    {
        var result = new List<int>();
        var segments = added.Split(text);
        for (var i = 0; i < segments.Length; i++)
        {
            if (i % 2 == 1)
                result.Add(ids[segments[i]]);
            else
                foreach (var piece in PreTokenizer.Split(segments[i]))
                    result.AddRange(Word(piece));
        }
        return [.. result];
    }

    int[] Word(string piece)
    {
        if (words.TryGetValue(piece, out var known))
            return known;
        var symbols = piece.Select(c => c.ToString()).ToList();
        while (LowestMerge(symbols) is { } at)
        {
            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }
        return words[piece] = [.. symbols.Select(s => ids[s])];
    }

    int? LowestMerge(List<string> symbols)
    {
        var best = (Rank: int.MaxValue, At: -1);
        for (var i = 0; i + 1 < symbols.Count; i++)
            if (ranks.TryGetValue((symbols[i], symbols[i + 1]), out var rank) && rank < best.Rank)
                best = (rank, i);
        return best.At < 0 ? null : best.At;
    }
}
