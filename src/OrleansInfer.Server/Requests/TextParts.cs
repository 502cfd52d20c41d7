using System.Text;
using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>The content of a message: a string, or parts, which must be text; others are refused by their place.</summary>
internal static class TextParts
{
    const int MaxParts = 10_000;

    /// <param name="types">Types of parts that are text here; that of a refusal stands in its "refusal", others in "text".</param>
    public static string Read(JsonElement value, string path, string[] types)
    {
        if (value.ValueKind != JsonValueKind.Array) return JsonFields.Text(value, path); // refuses by its kind
        var text = new StringBuilder();
        foreach (var part in JsonFields.Items(value, path, MaxParts, (element, at) => Part(element, at, types)))
            text.Append(text.Length > 0 ? "\n" : "").Append(part);
        return text.ToString();
    }

    static string Part(JsonElement element, string path, string[] types)
    {
        if (element.ValueKind == JsonValueKind.String) return JsonFields.Text(element, path);
        var fields = new JsonFields(element, path);
        var type = fields.String("type") ?? throw new ApiException(ApiError.Missing($"{path}.type"));
        if (!types.Contains(type))
            throw new ApiException(ApiError.Unsupported(
                $"{path}.type", $"this server reads text, in parts of type {string.Join(" or ", types.Select(name => $"'{name}'"))}."));
        var name = type == "refusal" ? type : "text";
        var text = fields.String(name) ?? throw new ApiException(ApiError.Missing($"{path}.{name}"));
        fields.Ignore("annotations", "logprobs", "prompt_cache_breakpoint"); // what answers carry and clients send back
        fields.RefuseOthers();
        return text;
    }
}
