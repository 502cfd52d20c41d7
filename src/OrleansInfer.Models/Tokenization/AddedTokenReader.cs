using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Reads "added_tokens" and checks that their ids are those the reference would give them.</summary>
internal static class AddedTokenReader
{
    public static List<AddedToken> Read(JsonElement? json, BpeVocabulary vocabulary)
    {
        var tokens = new List<AddedToken>();
        if (json is not { } list)
            return tokens;
        if (list.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException("\"added_tokens\" should be a list");
        foreach (var item in list.EnumerateArray())
            Add(ReadOne(item, item.RequiredInt("id")), tokens, vocabulary);
        return tokens;
    }

    /// <summary>
    /// The tokens that begin and end a text are special even where the list of added tokens does not have them.
    /// </summary>
    public static void AddEnds(TokenizerConfig config, List<AddedToken> tokens, BpeVocabulary vocabulary)
    {
        foreach (var content in new[] { config.BosToken, config.EosToken }.Distinct())
            if (vocabulary.IdOf(content) is { } id && tokens.All(token => token.Content != content))
                tokens.Add(new AddedToken(id, content!, Special: true));
    }

    public static AddedToken ReadOne(JsonElement item, int id) => new(
        id,
        item.RequiredString("content"),
        item.FlagField("special") ?? false,
        item.FlagField("lstrip") ?? false,
        item.FlagField("rstrip") ?? false,
        item.FlagField("single_word") ?? false,
        item.FlagField("normalized") ?? !(item.FlagField("special") ?? false));

    /// <summary>Adds a token whose id must be the one of the vocabulary or else the next free one.</summary>
    /// <remarks>
    /// The reference ignores the ids that the file gives: it takes the vocabulary's or counts on. A file in which these
    /// differ would be read one way there and another way here, so it is refused.
    /// </remarks>
    public static void Add(AddedToken token, List<AddedToken> tokens, BpeVocabulary vocabulary)
    {
        if (token.Content.Length == 0)
            return;
        if (tokens.Any(other => other.Content == token.Content))
            throw new InvalidDataException($"the added token \"{token.Content}\" occurs twice");
        var next = Math.Max(vocabulary.Count, tokens.Count == 0 ? 0 : tokens.Max(other => other.Id) + 1);
        var expected = vocabulary.IdOf(token.Content) ?? next;
        if (token.Id != expected)
            throw new InvalidDataException($"the added token \"{token.Content}\" has the id {token.Id}, but its place is {expected}");
        if (vocabulary.TokenOf(token.Id) is { } owner && owner != token.Content)
            throw new InvalidDataException($"the added token \"{token.Content}\" has the id {token.Id} of the token \"{owner}\"");
        tokens.Add(token);
    }
}
