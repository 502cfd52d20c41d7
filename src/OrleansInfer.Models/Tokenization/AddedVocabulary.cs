namespace OrleansInfer.Models;

/// <summary>All added tokens, with the matchers for the text as given and for the normalized text.</summary>
internal sealed class AddedVocabulary
{
    readonly Normalizer? _normalizer;
    readonly Dictionary<int, AddedToken> _byId;

    public AddedVocabulary(IReadOnlyCollection<AddedToken> tokens, Normalizer? normalizer)
    {
        _normalizer = normalizer;
        _byId = tokens.ToDictionary(token => token.Id);
        Raw = new AddedTokenMatcher(tokens.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        Normalized = new AddedTokenMatcher(tokens.Where(token => token.Normalized).Select(token => (DecodedForm(token), token)));
    }

    public AddedTokenMatcher Raw { get; }

    public AddedTokenMatcher Normalized { get; }

    public IReadOnlyCollection<AddedToken> Tokens => _byId.Values;

    public bool IsSpecial(int id) => _byId.TryGetValue(id, out var token) && token.Special;

    /// <summary>What a decoder is given for the token: a token that is looked for in normalized text stands for that form.</summary>
    public string DecodedForm(AddedToken token) =>
        token.Normalized && _normalizer is not null ? _normalizer.Apply(token.Content) : token.Content;
}
