using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Reads the "decoder" of tokenizer.json. What cannot be decoded token by token is refused, never approximated.</summary>
internal sealed class DecoderReader
{
    readonly List<DecoderStep> _steps = [];
    bool _fused;
    char _leadingChar;
    int _leadingCount;

    public static TokenDecoder Read(JsonElement? json)
    {
        var reader = new DecoderReader();
        if (json is { } value)
            reader.Append(value);
        // The reference joins the tokens of a tokenizer without a decoder with blanks.
        return new TokenDecoder(reader._steps, json is null ? " " : "", reader._leadingChar, reader._leadingCount);
    }

    void Append(JsonElement json)
    {
        var type = json.RequiredString("type");
        switch (type)
        {
            case "Sequence":
                foreach (var item in json.Items("decoders"))
                    Append(item);
                break;
            case "Fuse":
                _fused = true;
                break;
            case "Strip" when _fused:
                AppendTextStrip(json);
                break;
            case "ByteLevel" or "ByteFallback" or "Replace" or "Strip" or "Metaspace" when !_fused:
                _steps.Add(ReadStep(type, json));
                _fused = type == "ByteLevel";
                break;
            case "ByteLevel" or "ByteFallback" or "Replace" or "Metaspace":
                throw new InvalidDataException($"decoder type \"{type}\" is not supported after the tokens are fused");
            default:
                throw new InvalidDataException($"decoder type \"{type}\" is not supported");
        }
    }

    static DecoderStep ReadStep(string type, JsonElement json) => type switch
    {
        "ByteLevel" => new DecoderStep.ByteLevel(),
        "ByteFallback" => new DecoderStep.ByteFallback(),
        "Replace" => new DecoderStep.Replace(NormalizerReader.ReadReplace(json)),
        "Strip" => ReadStrip(json),
        _ => new DecoderStep.Metaspace(
            PreTokenizerReader.ReadMark(json), PreTokenizerReader.ReadScheme(json) != PrependScheme.Never),
    };

    static DecoderStep.Strip ReadStrip(JsonElement json) => json.RequiredString("content") is [var content]
        ? new DecoderStep.Strip(content, json.RequiredInt("start"), json.RequiredInt("stop"))
        : throw new InvalidDataException("the content of Strip should be one character");

    void AppendTextStrip(JsonElement json)
    {
        var strip = ReadStrip(json);
        if (strip.Stop != 0 || _leadingCount != 0)
            throw new InvalidDataException("decoder type \"Strip\" is supported once, and at the start of the text only");
        (_leadingChar, _leadingCount) = (strip.Content, Math.Max(strip.Start, 0));
    }
}
