using System.Text;
using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Builds the "normalizer" of tokenizer.json. A type that is not known is refused by its name.</summary>
internal static class NormalizerReader
{
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
            "Prepend" => new PrependNormalizer(json.RequiredString("prepend")),
            "Replace" => ReadReplace(json),
            "ByteLevel" => new ByteLevelNormalizer(),
            _ => throw new InvalidDataException($"normalizer type \"{type}\" is not supported"),
        };
    }

    /// <summary>Replace is a decoder too.</summary>
    public static Normalizer ReadReplace(JsonElement json)
    {
        var content = json.RequiredString("content");
        return json.RequiredField("pattern").StringField("String") is { Length: > 0 } text
            ? new ReplaceTextNormalizer(text, content)
            : new ReplaceNormalizer(PatternReader.Read(json), content);
    }
}
