using System.Text.Json;

namespace OrleansInfer.Models;

/// <summary>Reads fields of an untrusted JSON object; a fault is named in one sentence.</summary>
internal static class JsonFields
{
    /// <summary>The field, or null when it is absent or null.</summary>
    public static JsonElement? Field(this JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"an object with the field \"{name}\" was expected, not {Describe(parent)}");
        return parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public static JsonElement RequiredField(this JsonElement parent, string name) =>
        parent.Field(name) ?? throw new InvalidDataException($"the field \"{name}\" is missing");

    public static string? StringField(this JsonElement parent, string name) => parent.Field(name)?.AsString(name);

    public static string RequiredString(this JsonElement parent, string name) => parent.RequiredField(name).AsString(name);

    public static bool? FlagField(this JsonElement parent, string name) => parent.Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw new InvalidDataException($"\"{name}\" should be true or false, not {Describe(other)}"),
    };

    public static int RequiredInt(this JsonElement parent, string name) => parent.RequiredField(name).AsInt(name);

    public static IEnumerable<JsonElement> Items(this JsonElement parent, string name)
    {
        var list = parent.RequiredField(name);
        return list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : throw new InvalidDataException($"\"{name}\" should be a list, not {Describe(list)}");
    }

    public static IEnumerable<JsonProperty> Properties(this JsonElement parent, string name)
    {
        var map = parent.RequiredField(name);
        return map.ValueKind == JsonValueKind.Object
            ? map.EnumerateObject()
            : throw new InvalidDataException($"\"{name}\" should be an object, not {Describe(map)}");
    }

    public static string AsString(this JsonElement value, string name) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new InvalidDataException($"\"{name}\" should be a string, not {Describe(value)}");

    public static int AsInt(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw new InvalidDataException($"\"{name}\" should be a whole number, not {Describe(value)}");

    static string Describe(JsonElement value)
    {
        const int limit = 60;
        var text = value.GetRawText();
        return text.Length <= limit ? text : text[..limit] + "...";
    }
}
