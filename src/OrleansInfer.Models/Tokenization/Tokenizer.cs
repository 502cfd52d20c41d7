using System.Text;

namespace OrleansInfer.Models;

/// <summary>
/// Text to token ids and back, equal to Hugging Face's tokenizers library for byte-pair encoding models, byte-level and
/// SentencePiece-style. Immutable and thread-safe; share one instance.
/// </summary>
public sealed class Tokenizer
{
    readonly TextEncoder _encoder;
    readonly AddedVocabulary _added;
    readonly BpeVocabulary _vocabulary;
    readonly Dictionary<string, int> _addedIds;
    readonly SpecialTokenTemplate _template;
    readonly TokenTable _table;

    internal Tokenizer(TokenizerParts parts)
    {
        _added = parts.Added;
        _vocabulary = parts.Model.Vocabulary;
        _addedIds = _added.Tokens.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        _encoder = new TextEncoder(_added, parts.Normalizer, parts.PreTokenizers, parts.Model);
        Decoder = parts.Decoder;
        _table = parts.BuildTable();
        (BosToken, EosToken) = (parts.Config.BosToken, parts.Config.EosToken);
        (UnkToken, PadToken) = (parts.Config.UnkToken, parts.Config.PadToken);
        _template = parts.Template
            .WithFirst(BosTokenId, parts.Config.AddBosToken)
            .WithLast(EosTokenId, parts.Config.AddEosToken);
    }

    /// <summary>Loads tokenizer.json of a checkpoint folder, else its SentencePiece tokenizer.model.</summary>
    /// <exception cref="ModelLoadException">Neither is there, or one is malformed or of a type that is not supported.</exception>
    public static Tokenizer Load(string folder) => TokenizerLoader.Load(folder);

    /// <summary>The highest id + 1. Ids in between may be unused.</summary>
    public int VocabSize => _table.Count;

    /// <summary>The token that begins a text, from tokenizer_config.json; null when it names none.</summary>
    public string? BosToken { get; }

    /// <summary>The token that ends a text, from tokenizer_config.json; null when it names none.</summary>
    public string? EosToken { get; }

    /// <summary>The token for what has none.</summary>
    public string? UnkToken { get; }

    /// <summary>The token that fills a batch.</summary>
    public string? PadToken { get; }

    /// <summary>The id of <see cref="BosToken"/>, null when there is none.</summary>
    public int? BosTokenId => BosToken is null ? null : TokenToId(BosToken);

    /// <summary>The id of <see cref="EosToken"/>, null when there is none.</summary>
    public int? EosTokenId => EosToken is null ? null : TokenToId(EosToken);

    internal TokenDecoder Decoder { get; }

    /// <summary>The id of a token as it is written in the vocabulary, or null.</summary>
    public int? TokenToId(string token) => _addedIds.TryGetValue(token, out var id) ? id : _vocabulary.IdOf(token);

    /// <summary>The token of an id as it is written in the vocabulary, or null.</summary>
    public string? IdToToken(int id) => _table.TokenOf(id);

    /// <summary>Whether an id is a special token: control, not text.</summary>
    public bool IsSpecial(int id) => _added.IsSpecial(id);

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Puts around it what the model expects around a text, such as its bos token.</param>
    /// <param name="parseSpecialTokens">Special tokens written in the text become those tokens. Leave it false for text that is
    /// not trusted: then they stay text. Added tokens that are not special are found either way.</param>
    /// <exception cref="TimeoutException">A pattern of the tokenizer takes unreasonably long on this text.</exception>
    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = false, bool parseSpecialTokens = false) =>
        EncodeSegments([(text, parseSpecialTokens)], addSpecialTokens);

    /// <summary>
    /// The ids of a text in segments, of which only some may contain special tokens: a prompt of template and user text.
    /// Text on both sides of a border is tokenized as one, so the ids are those of the whole text with special tokens parsed,
    /// unless a segment that may not contain a special token does; there, or across its borders, it stays text.
    /// </summary>
    /// <inheritdoc cref="Encode" path="/exception"/>
    public IReadOnlyList<int> EncodeSegments(IEnumerable<(string Text, bool ParseSpecial)> segments, bool addSpecialTokens = false)
    {
        var whole = new StringBuilder();
        var borders = new List<(int End, bool Parse)>();
        foreach (var (text, parse) in segments)
        {
            whole.Append(text);
            borders.Add((whole.Length, parse));
        }
        var ids = new List<int>(whole.Length / 3 + 8);
        if (addSpecialTokens)
            ids.AddRange(_template.Prefix);
        _encoder.Encode(UnicodeText.ReplaceLoneSurrogates(whole.ToString()), Marks(borders, whole.Length), ids);
        if (addSpecialTokens)
            ids.AddRange(_template.Suffix);
        return ids;
    }

    static bool[]? Marks(List<(int End, bool Parse)> borders, int length)
    {
        if (borders.All(border => border.Parse))
            return null;
        var plain = new bool[length];
        var start = 0;
        foreach (var (end, parse) in borders)
        {
            plain.AsSpan(start..end).Fill(!parse);
            start = end;
        }
        return plain;
    }

    /// <summary>The text of ids. Ids that do not exist have none; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = true)
    {
        var stream = new TokenTextStream(this, skipSpecialTokens);
        var text = new StringBuilder();
        foreach (var id in ids)
            text.Append(stream.Push(id));
        return text.Append(stream.Flush()).ToString();
    }

    /// <summary>The UTF-8 bytes that a token adds to a text; not always whole characters. Empty for an unused id.</summary>
    public ReadOnlySpan<byte> TokenBytes(int id) => _table.BytesOf(id);

    internal ReadOnlySpan<byte> FirstTokenBytes(int id) => Decoder.TreatsFirstApart && _table.TokenOf(id) is { } token
        ? Decoder.Decode(token, isFirst: true)
        : _table.BytesOf(id);
}
