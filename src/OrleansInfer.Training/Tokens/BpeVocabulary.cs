namespace OrleansInfer.Training;

/// <summary>A byte-level BPE: tokens by id in <see cref="ByteAlphabet"/>, merges in order, added tokens with the last ids.</summary>
internal sealed record BpeVocabulary(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<(string Left, string Right)> Merges,
    IReadOnlyList<AddedToken> AddedTokens)
{
    public int Count => Tokens.Count + AddedTokens.Count;

    public int IdOf(string added) => Tokens.Count + AddedTokens.Select(t => t.Content).ToList().IndexOf(added);
}

/// <summary>A token that is found in text before any splitting. A special one is left out of decoded text.</summary>
internal sealed record AddedToken(string Content, bool Special);
