namespace OrleansInfer.Models;

/// <summary>Builds a tokenizer from a SentencePiece tokenizer.model as transformers' conversion for Llama does.</summary>
internal static class SentencePieceReader
{
    const char Mark = '\u2581';

    public static TokenizerParts Read(byte[] bytes, TokenizerConfig config)
    {
        var model = SentencePieceModel.Parse(bytes);
        var vocabulary = new BpeVocabulary(model.Pieces.Select((piece, id) => KeyValuePair.Create(piece.Text, id)), model.Pieces.Count);
        var tokens = AddedTokens(model, config, vocabulary);
        var special = tokens.Where(token => token.Special).Select(token => token.Id).ToHashSet();
        var options = new BpeOptions(
            vocabulary.IdOf(model.UnkPiece), FuseUnk: true, ByteFallback: new ByteTokens(vocabulary).AreComplete,
            IgnoreMerges: false, ContinuingPrefix: "", EndOfWordSuffix: "");
        var addsPrefix = config.AddPrefixSpace ?? model.AddDummyPrefix;
        var legacy = config.Legacy ?? true;
        var normalizer = legacy ? LegacyNormalizer(addsPrefix) : null;
        return new TokenizerParts(
            normalizer,
            legacy ? [] : [new MetaspacePreTokenizer(Mark, addsPrefix ? PrependScheme.First : PrependScheme.Never, split: false)],
            new BpeModel(vocabulary, SentencePieceMerges.Of(model.Pieces, vocabulary), options, special),
            new AddedVocabulary(tokens, normalizer),
            Decoder(addsPrefix),
            SpecialTokenTemplate.None,
            WithDefaults(config, model, vocabulary));
    }

    static NormalizerSequence LegacyNormalizer(bool addsPrefix)
    {
        var blanks = new ReplaceTextNormalizer(" ", Mark.ToString());
        return new NormalizerSequence(addsPrefix ? [new PrependNormalizer(Mark.ToString()), blanks] : [blanks]);
    }

    static TokenDecoder Decoder(bool addsPrefix) => new(
        [new DecoderStep.Replace(new ReplaceTextNormalizer(Mark.ToString(), " ")), new DecoderStep.ByteFallback()],
        Separator: "", LeadingChar: ' ', LeadingCount: addsPrefix ? 1 : 0);

    /// <summary>Control pieces are special tokens, user-defined ones plain added tokens; the configuration may add more.</summary>
    static List<AddedToken> AddedTokens(SentencePieceModel model, TokenizerConfig config, BpeVocabulary vocabulary)
    {
        var tokens = new List<AddedToken>();
        for (var id = 0; id < model.Pieces.Count; id++)
        {
            var piece = model.Pieces[id];
            var isUnknown = piece.Type == SentencePieceModel.PieceType.Unknown;
            if (piece.Type is SentencePieceModel.PieceType.Control or SentencePieceModel.PieceType.UserDefined || isUnknown)
                tokens.Add(new AddedToken(id, piece.Text, Special: piece.Type != SentencePieceModel.PieceType.UserDefined));
        }
        foreach (var token in config.AddedTokens)
        {
            tokens.RemoveAll(other => other.Content == token.Content);
            AddedTokenReader.Add(token, tokens, vocabulary);
        }
        AddedTokenReader.AddEnds(config, tokens, vocabulary);
        return tokens;
    }

    static TokenizerConfig WithDefaults(TokenizerConfig config, SentencePieceModel model, BpeVocabulary vocabulary) => config with
    {
        BosToken = config.BosToken ?? OrNull(model.BosPiece, vocabulary),
        EosToken = config.EosToken ?? OrNull(model.EosPiece, vocabulary),
        UnkToken = config.UnkToken ?? OrNull(model.UnkPiece, vocabulary),
        AddBosToken = config.AddBosToken ?? true,
    };

    static string? OrNull(string token, BpeVocabulary vocabulary) => vocabulary.IdOf(token) is null ? null : token;
}
