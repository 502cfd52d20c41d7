using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>Reads OpenAI's chat messages. Text only: a part of another kind is refused by its place.</summary>
internal static class MessageFields
{
    const int MaxMessages = 10_000, MaxToolCalls = 128;

    static readonly string[] TextTypes = ["text", "refusal"];

    public static IReadOnlyList<ChatMessage> Take(JsonFields fields)
    {
        var messages = fields.Array("messages", MaxMessages, Message) ?? throw new ApiException(ApiError.Missing("messages"));
        return messages.Count > 0 ? messages
            : throw new ApiException(ApiError.Invalid("'messages' must hold at least one message.", "messages"));
    }

    static ChatMessage Message(JsonElement element, string path)
    {
        var fields = new JsonFields(element, path);
        var role = fields.String("role") ?? throw new ApiException(ApiError.Missing($"{path}.role"));
        var content = fields.Take("content") is { } value ? TextParts.Read(value, $"{path}.content", TextTypes) : null;
        var calls = ToolCalls(fields, role);
        var message = new ChatMessage(RoleOf(role, path), content)
        {
            ToolCallsJson = calls,
            ToolCallId = fields.String("tool_call_id"),
            Name = fields.String("name"),
        };
        // What OpenAI's own answers carry and clients send back: nothing of it reaches a template.
        fields.Ignore("refusal", "annotations", "reasoning_content", "reasoning");
        fields.RefuseUnless("audio", "this server reads text.");
        fields.RefuseUnless("function_call", "use 'tool_calls'.");
        fields.RefuseOthers();
        if (content is null && (role != "assistant" || calls is null)) throw new ApiException(ApiError.Missing($"{path}.content"));
        return message;
    }

    // Templates know the older name for what developers tell the model.
    static string RoleOf(string role, string path) => role switch
    {
        "system" or "user" or "assistant" or "tool" => role,
        "developer" => "system",
        _ => throw new ApiException(ApiError.Invalid($"'{path}.role' must be system, developer, user, assistant or tool.", $"{path}.role")),
    };

    static string? ToolCalls(JsonFields fields, string role)
    {
        if (fields.Take("tool_calls") is not { } value) return null;
        var path = fields.PathOf("tool_calls");
        if (role != "assistant") throw new ApiException(ApiError.Invalid($"Only messages of the assistant have '{path}'.", path));
        if (value.ValueKind != JsonValueKind.Array) throw fields.WrongType("tool_calls", "an array", value);
        JsonFields.Items(value, path, MaxToolCalls, Function);
        return value.GetArrayLength() > 0 ? RawJson.Of(value, path) : null;
    }

    /// <summary>Checks that a tool or a tool call is a function with a name.</summary>
    public static string Function(JsonElement element, string path)
    {
        var fields = new JsonFields(element, path);
        if (fields.String("type") is { } type and not "function")
            throw new ApiException(ApiError.Unsupported($"{path}.type", $"'{type}' is not 'function'."));
        var function = new JsonFields(fields.Take("function")
            ?? throw new ApiException(ApiError.Missing($"{path}.function")), $"{path}.function");
        return function.String("name") ?? throw new ApiException(ApiError.Missing($"{path}.function.name"));
    }
}
