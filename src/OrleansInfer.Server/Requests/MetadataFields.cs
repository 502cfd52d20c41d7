using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>OpenAI's "metadata": an object of strings. How many and how long they may be, the conversation says.</summary>
internal static class MetadataFields
{
    const string Name = "metadata";

    /// <returns>Null: there is none.</returns>
    public static IReadOnlyDictionary<string, string>? Take(JsonFields fields)
    {
        if (fields.Take(Name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Object) throw fields.WrongType(Name, "an object of strings", value);
        var metadata = new Dictionary<string, string>();
        foreach (var field in value.EnumerateObject())
        {
            var key = JsonFields.NameOf(field);
            metadata.Add(key, JsonFields.Text(field.Value, key.Length <= 64 ? $"{Name}.{key}" : Name));
        }
        return metadata;
    }
}
