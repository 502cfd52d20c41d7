using Microsoft.ML.Tokenizers;

namespace OrleansInfer.Models;

/// <summary>
/// Merging by Microsoft.ML.Tokenizers, which caches words. It is given finished pieces only: normalizing, splitting and
/// unknown code points are dealt with before, because its own ways with them differ from the reference.
/// </summary>
internal sealed class LibraryBpe
{
    readonly BpeTokenizer _tokenizer;

    public LibraryBpe(BpeVocabulary vocabulary, MergeTable merges, bool ignoreMerges, IReadOnlySet<int> forbidden)
    {
        var options = new Microsoft.ML.Tokenizers.BpeOptions(vocabulary.Ids)
        {
            Merges = merges.InOrder().Select(merge => $"{vocabulary.TokenOf(merge.Left)} {vocabulary.TokenOf(merge.Right)}"),
            PreTokenizer = new PreparedPieces(),
            ByteLevel = false,
        };
        // The library looks every piece up among the special tokens before it merges: that is what ignore_merges means.
        if (ignoreMerges)
            options.SpecialTokens = vocabulary.Ids.Where(token => !forbidden.Contains(token.Value)).ToDictionary(StringComparer.Ordinal);
        _tokenizer = BpeTokenizer.Create(options);
    }

    /// <summary>Appends the ids of all pieces. Every code point of a piece has a token.</summary>
    public void Encode(string text, List<(int Start, int Length)> pieces, List<int> ids)
    {
        PreparedPieces.Current = pieces;
        ids.AddRange(_tokenizer.EncodeToIds(text));
        PreparedPieces.Current = null;
    }

    /// <summary>The library asks for the pieces on the calling thread and is done with them before it returns.</summary>
    sealed class PreparedPieces : Microsoft.ML.Tokenizers.PreTokenizer
    {
        [ThreadStatic]
        public static List<(int Start, int Length)>? Current;

        public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => Current!;

        public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => Current!;
    }
}
