using System.Buffers;
using System.Text;
using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// Reads the items of OpenAI's Responses and Conversations: a string is a user's message, an array holds messages, calls of functions and
/// their outputs. Each item is one message; calls that follow each other are joined when a prompt is made.
/// </summary>
internal static class ItemFields
{
    const int MaxItems = 10_000, MaxCallIdLength = 256;

    static readonly string[] TextTypes = ["input_text", "output_text", "text", "refusal"];

    /// <param name="value">A string or an array.</param>
    /// <param name="path">Its name in the request.</param>
    public static IReadOnlyList<InputItem> Read(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => [new(new("user", JsonFields.Text(value, path)), null, path)],
        JsonValueKind.Array => JsonFields.Items(value, path, MaxItems, Item),
        _ => throw new ApiException(ApiError.WrongType(path, "a string or an array of items", JsonFields.Kind(value))),
    };

    static InputItem Item(JsonElement element, string path)
    {
        var fields = new JsonFields(element, path);
        var type = fields.String("type");
        var id = fields.String("id");
        fields.Ignore("status", "phase", "created_by"); // what answers carry and clients send back
        var item = type switch
        {
            "message" => new(Message(fields), null, path),
            "function_call" => new(Call(fields), null, path),
            "function_call_output" => new(Output(fields), null, path),
            "item_reference" => new(null, id ?? throw new ApiException(ApiError.Missing($"{path}.id")), path),
            null => Untyped(fields, id, path),
            _ => throw new ApiException(ApiError.Unsupported($"{path}.type",
                $"'{Shorten(type)}' is none of 'message', 'function_call', 'function_call_output' and 'item_reference'.")),
        };
        fields.RefuseOthers();
        return item;
    }

    /// <summary>Without a type it is a message; with an id alone, a reference.</summary>
    static InputItem Untyped(JsonFields fields, string? id, string path) =>
        id is not null && fields.IsEmpty ? new(null, id, path) : new(Message(fields), null, path);

    static ChatMessage Message(JsonFields fields)
    {
        var role = Required(fields, "role");
        if (role is not ("user" or "assistant" or "system" or "developer"))
            throw new ApiException(ApiError.Invalid(
                $"'{fields.PathOf("role")}' must be user, assistant, system or developer.", fields.PathOf("role")));
        return new(role, Text(fields, "content"));
    }

    static ChatMessage Call(JsonFields fields)
    {
        var (id, name, arguments) = (CallId(fields), Required(fields, "name"), Required(fields, "arguments"));
        foreach (var field in (ReadOnlySpan<string>)["caller", "namespace"])
            fields.RefuseUnless(field, "functions are called by the model, by their names alone.");
        return new("assistant", null) { ToolCallsJson = CallJson(id, name, arguments), Joins = true };
    }

    static ChatMessage Output(JsonFields fields)
    {
        fields.RefuseUnless("caller", "functions are called by the model.");
        return new("tool", Text(fields, "output")) { ToolCallId = CallId(fields) };
    }

    static string CallJson(string id, string name, string arguments)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WireJson.Writer))
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", name);
            json.WriteString("arguments", arguments);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static string CallId(JsonFields fields)
    {
        var id = Required(fields, "call_id");
        return id.Length is > 0 and <= MaxCallIdLength ? id : throw new ApiException(ApiError.Invalid(
            $"'{fields.PathOf("call_id")}' must have 1 to {MaxCallIdLength} characters.", fields.PathOf("call_id")));
    }

    static string Text(JsonFields fields, string name) => fields.Take(name) is { } value
        ? TextParts.Read(value, fields.PathOf(name), TextTypes)
        : throw new ApiException(ApiError.Missing(fields.PathOf(name)));

    static string Required(JsonFields fields, string name) =>
        fields.String(name) ?? throw new ApiException(ApiError.Missing(fields.PathOf(name)));

    static string Shorten(string text) => text.Length <= 64 ? text : text[..64];
}
