using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Reads the "post_processor" of tokenizer.json as far as it concerns ids of a single text.</summary>
internal static class PostProcessorReader
{
    public static SpecialTokenTemplate Read(JsonElement? json) => json is { } value ? ReadOne(value) : SpecialTokenTemplate.None;

    static SpecialTokenTemplate ReadOne(JsonElement json)
    {
        var type = json.RequiredString("type");
        return type switch
        {
            "Sequence" => json.Items("processors").Aggregate(
                SpecialTokenTemplate.None, (inner, processor) => inner.Within(ReadOne(processor))),
            "TemplateProcessing" => ReadTemplate(json),
            "RobertaProcessing" or "BertProcessing" => new([ReadPair(json, "cls")], [ReadPair(json, "sep")]),
            "ByteLevel" => SpecialTokenTemplate.None,
            _ => throw new InvalidDataException($"post_processor type \"{type}\" is not supported"),
        };
    }

    static int ReadPair(JsonElement json, string name) => json.Items(name).ToArray() is [_, var id]
        ? id.AsInt(name)
        : throw new InvalidDataException($"\"{name}\" should be a token and its id");

    static SpecialTokenTemplate ReadTemplate(JsonElement json)
    {
        List<int> prefix = [], suffix = [];
        var seenText = false;
        foreach (var item in json.Items("single"))
        {
            if (item.Field("SpecialToken") is { } special)
                (seenText ? suffix : prefix).AddRange(TokenIds(json, special.RequiredString("id")));
            else if (item.Field("Sequence") is not null && !seenText)
                seenText = true;
            else
                throw new InvalidDataException("the template \"single\" has an item that is not one text among special tokens");
        }
        return seenText ? new(prefix, suffix) : throw new InvalidDataException("the template \"single\" has no place for the text");
    }

    static IEnumerable<int> TokenIds(JsonElement json, string name) =>
        json.RequiredField("special_tokens").RequiredField(name).Items("ids").Select(id => id.AsInt("ids"));
}
