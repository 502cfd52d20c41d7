using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>OpenAI's "metadata": pairs of strings that a caller wants back.</summary>
internal static class MetadataFields
{
    const int MaxPairs = 16, MaxKeyLength = 64, MaxValueLength = 512;

    /// <returns>Null: there is none.</returns>
    public static IReadOnlyDictionary<string, string>? Take(JsonFields fields)
    {
        const string name = "metadata";
        if (fields.Take(name) is not { } value) return null;
        var pairs = new Dictionary<string, string>();
        if (value.ValueKind != JsonValueKind.Object) throw fields.WrongType(name, "an object of strings", value);
        foreach (var field in value.EnumerateObject()) pairs[Key(field)] = Value(field);
        return pairs.Count <= MaxPairs ? pairs : throw new ApiException(ApiError.Invalid(
            $"'{name}' has {pairs.Count} pairs; at most {MaxPairs} are allowed.", name, "object_above_max_properties"));
    }

    static string Key(JsonProperty field)
    {
        var key = JsonFields.NameOf(field);
        return key.Length is > 0 and <= MaxKeyLength ? key : throw new ApiException(ApiError.Invalid(
            $"A key of 'metadata' must have 1 to {MaxKeyLength} characters.", "metadata"));
    }

    static string Value(JsonProperty field)
    {
        var path = $"metadata.{field.Name}";
        var value = JsonFields.Text(field.Value, path);
        return value.Length <= MaxValueLength ? value : throw new ApiException(ApiError.Invalid(
            $"'{path}' has {value.Length} characters; at most {MaxValueLength} are allowed.", path, "string_above_max_length"));
    }
}
