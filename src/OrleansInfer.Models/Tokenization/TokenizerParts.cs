namespace OrleansInfer.Models;

/// <summary>The components of a tokenizer, whichever file they come from.</summary>
internal sealed record TokenizerParts(
    Normalizer? Normalizer,
    IReadOnlyList<PreTokenizer> PreTokenizers,
    BpeModel Model,
    AddedVocabulary Added,
    TokenDecoder Decoder,
    SpecialTokenTemplate Template,
    TokenizerConfig Config)
{
    public TokenTable BuildTable()
    {
        var size = Math.Max(Model.Vocabulary.Size, Added.Tokens.Select(token => token.Id + 1).DefaultIfEmpty().Max());
        var tokens = new string?[size];
        for (var id = 0; id < size; id++)
            tokens[id] = Model.Vocabulary.TokenOf(id);
        var decodedForms = new Dictionary<int, string>();
        foreach (var token in Added.Tokens)
        {
            tokens[token.Id] = token.Content;
            decodedForms[token.Id] = Added.DecodedForm(token);
        }
        foreach (var id in Template.Prefix.Concat(Template.Suffix))
            if ((uint)id >= (uint)size || tokens[id] is null)
                throw new InvalidDataException($"the post_processor puts the id {id} around texts, which is no token");
        return new TokenTable(tokens, id => Decoder.Decode(decodedForms.GetValueOrDefault(id) ?? tokens[id]!, isFirst: false));
    }
}
