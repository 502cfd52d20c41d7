using System.Text;
using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Builds the "normalizer" of tokenizer.json. A type that is not known is refused by its name.</summary>
internal static class NormalizerReader
{
    /// <summary>What a normalizer puts in is a character or two; a page of it at every blank would be an attack.</summary>
    const int MaxContentLength = 256;

    public static Normalizer? Read(JsonElement? json) => json is { } value ? ReadOne(value) : null;

    static Normalizer ReadOne(JsonElement json)
    {
        var type = json.RequiredString("type");
        return type switch
        {
            "Sequence" => new NormalizerSequence(json.Items("normalizers").Select(ReadOne).ToList()),
            "NFC" => new UnicodeFormNormalizer(NormalizationForm.FormC),
            "NFD" => new UnicodeFormNormalizer(NormalizationForm.FormD),
            "NFKC" => new UnicodeFormNormalizer(NormalizationForm.FormKC),
            "NFKD" => new UnicodeFormNormalizer(NormalizationForm.FormKD),
            "Lowercase" => CodePointNormalizer.Lowercase,
            "StripAccents" => CodePointNormalizer.StripAccents,
            "Strip" => new StripNormalizer(json.FlagField("strip_left") ?? true, json.FlagField("strip_right") ?? true),
            "Prepend" => new PrependNormalizer(ReadContent(json, "prepend")),
            "Replace" => ReadReplace(json),
            "ByteLevel" => new ByteLevelNormalizer(),
            _ => throw new InvalidDataException($"normalizer type \"{type}\" is not supported"),
        };
    }

    static string ReadContent(JsonElement json, string name) => json.RequiredString(name) is { Length: <= MaxContentLength } content
        ? content
        : throw new InvalidDataException($"the \"{name}\" of a normalizer has more than {MaxContentLength} characters");

    /// <summary>Replace is a decoder too.</summary>
    public static Normalizer ReadReplace(JsonElement json)
    {
        var content = ReadContent(json, "content");
        return json.RequiredField("pattern").StringField("String") is { Length: > 0 } text
            ? new ReplaceTextNormalizer(text, content)
            : new ReplaceNormalizer(PatternReader.Read(json), content);
    }
}
