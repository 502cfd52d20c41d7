using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansInfer.Server;

/// <summary>The "tools" of a response: flat functions, which chat templates know in the older shape {"type", "function": {…}}.</summary>
internal sealed class ResponseToolFields
{
    const int MaxTools = 128;

    static readonly JsonDocumentOptions Bounded = new() { MaxDepth = WireJson.Reader.MaxDepth };

    ResponseToolFields(string? forTemplate, string choice, JsonNode? unused) =>
        (ForTemplate, Choice, Unused) = (forTemplate, choice, unused);

    /// <summary>For the chat template; null: none.</summary>
    public string? ForTemplate { get; }

    /// <summary>"auto" or "none".</summary>
    public string Choice { get; }

    /// <summary>The tools that the model is not to know of.</summary>
    public JsonNode? Unused { get; }

    public static ResponseToolFields Take(JsonFields fields)
    {
        var none = ChatRequest.ToolChoiceIsNone(fields);
        var tools = fields.Take("tools");
        if (tools is { ValueKind: not JsonValueKind.Array } other) throw fields.WrongType("tools", "an array", other);
        var functions = tools is { } given ? JsonFields.Items(given, "tools", MaxTools, Function) : [];
        return none
            ? new(null, "none", new JsonArray([.. functions]))
            : new(functions.Count == 0 ? null : Nested(functions).ToJsonString(), "auto", null);
    }

    static JsonArray Nested(IEnumerable<JsonObject> functions)
    {
        var nested = new JsonArray();
        foreach (var function in functions)
        {
            function.Remove("type");
            nested.Add(new JsonObject { ["type"] = "function", ["function"] = function });
        }
        return nested;
    }

    static JsonObject Function(JsonElement element, string path)
    {
        var fields = new JsonFields(element, path);
        var type = fields.String("type") ?? throw new ApiException(ApiError.Missing($"{path}.type"));
        if (type != "function")
            throw new ApiException(ApiError.Unsupported(
                $"{path}.type", $"'{Shown(type)}' is not 'function', and this server runs no tools."));
        if (fields.String("name") is not { Length: > 0 }) throw new ApiException(ApiError.Missing($"{path}.name"));
        fields.String("description");
        fields.Bool("strict", false);
        if (fields.Take("parameters") is { ValueKind: not JsonValueKind.Object } parameters)
            throw fields.WrongType("parameters", "an object", parameters);
        fields.RefuseOthers();
        return JsonNode.Parse(RawJson.Of(element, path), documentOptions: Bounded)!.AsObject();
    }

    static string Shown(string type) => type.Length <= 64 ? type : type[..64];
}
