using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>A JSON object of a checkpoint folder, read with errors that name the file, the member and the fault.</summary>
internal sealed class JsonFile
{
    const long MaxBytes = 64 << 20; // an index of a very large checkpoint is about 1 MB

    readonly string _where;
    readonly JsonElement _members;

    JsonFile(string where, JsonElement members) => (_where, _members) = (where, members);

    public static JsonFile Read(string path) => TryRead(path) ?? throw new ModelLoadException($"{path}: the file is missing.");

    /// <summary>Null when there is no such file.</summary>
    public static JsonFile? TryRead(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) return null;
            if (file.Length > MaxBytes) throw new ModelLoadException($"{path}: {file.Length} bytes are too many for this file.");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Object(path, document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new ModelLoadException($"{path}: not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    public JsonElement Members => _members;

    /// <summary>The file, and the place in it.</summary>
    public string Where => _where;

    public bool Has(string name) => Find(name) is not null;

    public string String(string name)
    {
        var e = Find(name) ?? throw Missing(name);
        if (e.ValueKind != JsonValueKind.String) throw Wrong(name, "a string");
        try
        {
            return e.GetString()!;
        }
        catch (InvalidOperationException) // half a surrogate pair, or bytes that are not UTF-8
        {
            throw Fault($"\"{name}\" is not valid Unicode text.");
        }
    }

    public string? StringOrNull(string name) => Find(name) is null ? null : String(name);

    public bool Bool(string name, bool otherwise) => Find(name)?.ValueKind switch
    {
        null => otherwise,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A whole number in [min, max].</summary>
    public int Int(string name, int min, int max, int? otherwise = null) => Find(name) is not { } e
        ? otherwise ?? throw Missing(name)
        : e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out var value) && value >= min && value <= max
            ? value
            : throw Wrong(name, $"a whole number from {min} to {max}");

    /// <summary>A number in [min, max].</summary>
    public double Number(string name, double min, double max, double? otherwise = null) =>
        NumberOrNull(name, min, max) ?? otherwise ?? throw Missing(name);

    public double? NumberOrNull(string name, double min, double max) => Find(name) is not { } e
        ? null
        : e.ValueKind == JsonValueKind.Number && e.TryGetDouble(out var value) && value >= min && value <= max
            ? value
            : throw Wrong(name, $"a number from {min} to {max}");

    public JsonFile? ObjectOrNull(string name) => Find(name) is { } e ? Object($"{_where}: {name}", e) : null;

    /// <summary>The members, each of which must be an object.</summary>
    public IEnumerable<JsonFile> Objects() => _members.EnumerateObject().Select(member => Object($"{_where}: {member.Name}", member.Value));

    /// <summary>An array of strings; empty when the member is absent.</summary>
    public IReadOnlyList<string> Strings(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(e => e.GetString()!)],
        _ => throw Wrong(name, "an array of strings"),
    };

    /// <summary>The member is absent, null or false; members that are either a switch or a word begin with this.</summary>
    public bool IsFalse(string name) => Find(name) is null or { ValueKind: JsonValueKind.False };

    public bool IsTrue(string name) => Find(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A whole number or an array of them; empty when the member is absent.</summary>
    public IReadOnlyList<int> Ints(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(e => One(e))],
        { } e => [One(e)],
    };

    int One(JsonElement e) => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out var value) && value >= 0
        ? value
        : throw Wrong("token ids", "whole numbers");

    public ModelLoadException Fault(string fault) => new($"{_where}: {fault}");

    static JsonFile Object(string where, JsonElement e) => e.ValueKind == JsonValueKind.Object
        ? new JsonFile(where, e)
        : throw new ModelLoadException($"{where}: a JSON object is expected, found {e.ValueKind}.");

    JsonElement? Find(string name) => _members.TryGetProperty(name, out var e) && e.ValueKind != JsonValueKind.Null ? e : null;

    ModelLoadException Missing(string name) => Fault($"\"{name}\" is missing.");

    ModelLoadException Wrong(string name, string expected) => Fault($"\"{name}\" must be {expected}, found {Excerpt(name)}.");

    string Excerpt(string name)
    {
        var text = Find(name)?.GetRawText() ?? "nothing";
        return text.Length <= 60 ? text : text[..60] + "\u2026";
    }
}
