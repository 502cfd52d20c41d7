using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Reads tokenizer.json.</summary>
internal static class TokenizerJsonReader
{
    public static TokenizerParts Read(JsonElement root, TokenizerConfig config)
    {
        var model = root.RequiredField("model");
        var vocabulary = BpeModelReader.ReadVocabulary(model);
        var normalizer = NormalizerReader.Read(root.Field("normalizer"));
        var tokens = AddedTokenReader.Read(root.Field("added_tokens"), vocabulary);
        foreach (var token in config.AddedTokens.Where(token => tokens.All(other => other.Content != token.Content)))
            AddedTokenReader.Add(token, tokens, vocabulary);
        AddedTokenReader.AddEnds(config, tokens, vocabulary);
        var special = tokens.Where(token => token.Special).Select(token => token.Id).ToHashSet();
        return new TokenizerParts(
            normalizer,
            PreTokenizerReader.Read(root.Field("pre_tokenizer")),
            BpeModelReader.Read(model, vocabulary, special),
            new AddedVocabulary(tokens, normalizer),
            DecoderReader.Read(root.Field("decoder")),
            PostProcessorReader.Read(root.Field("post_processor")),
            config);
    }
}
