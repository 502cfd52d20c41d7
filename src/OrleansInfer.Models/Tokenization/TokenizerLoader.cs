using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>
/// Finds the tokenizer files of a checkpoint folder. Whatever is wrong with one becomes a <see cref="ModelLoadException"/>.
/// </summary>
internal static class TokenizerLoader
{
    const long MaxFileBytes = 1L << 28;
    const int MaxDepth = 64;

    public static Tokenizer Load(string folder)
    {
        var config = LoadConfig(folder);
        var json = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(json))
            return Guard(json, () => ReadJson(json, root => new Tokenizer(TokenizerJsonReader.Read(root, config))));
        var model = Path.Combine(folder, "tokenizer.model");
        if (File.Exists(model))
            return Guard(model, () => new Tokenizer(SentencePieceReader.Read(ReadBytes(model), config)));
        throw new ModelLoadException($"{folder}: there is neither a tokenizer.json nor a tokenizer.model");
    }

    static TokenizerConfig LoadConfig(string folder)
    {
        var path = Path.Combine(folder, "tokenizer_config.json");
        var mapPath = Path.Combine(folder, "special_tokens_map.json");
        return Guard(path, () => ReadOptionalJson(path, config => ReadOptionalJson(mapPath, map => TokenizerConfig.Read(config, map))));
    }

    static T ReadOptionalJson<T>(string path, Func<JsonElement, T> read)
    {
        if (File.Exists(path))
            return Guard(path, () => ReadJson(path, read));
        using var empty = JsonDocument.Parse("{}");
        return read(empty.RootElement);
    }

    static T ReadJson<T>(string path, Func<JsonElement, T> read)
    {
        using var document = JsonDocument.Parse(ReadBytes(path), new JsonDocumentOptions { MaxDepth = MaxDepth });
        return read(document.RootElement);
    }

    static byte[] ReadBytes(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= MaxFileBytes
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"{length} bytes are more than a tokenizer needs ({MaxFileBytes} at most)");
    }

    static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        // All that a malformed file can cause: the parsers' own faults, and what checked access to its values throws.
        catch (Exception fault) when (fault is InvalidDataException or JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException or ArgumentException or FormatException or OverflowException or TimeoutException)
        {
            throw new ModelLoadException($"{path}: {fault.Message.ReplaceLineEndings(" ")}", fault);
        }
    }
}
