using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace OrleansInfer.Client;

/// <summary>Tools and calls of them in OpenAI's JSON, which chat templates read.</summary>
internal static class ToolJson
{
    // Templates print the JSON into the prompt: escapes would be other tokens than the model was trained on.
    static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly JsonSerializerOptions s_values =
        new(AIJsonUtilities.DefaultOptions) { Encoder = s_plain.Encoder, WriteIndented = false };

    /// <summary>Null: none.</summary>
    /// <exception cref="NotSupportedException">A tool is no function, or must be called: a model here is free to answer.</exception>
    public static string? Tools(ChatOptions options)
    {
        if (options.Tools is not { Count: > 0 } tools || options.ToolMode is NoneChatToolMode) return null;
        if (options.ToolMode is RequiredChatToolMode)
        {
            throw new NotSupportedException("ToolMode must be Auto or None: the server cannot make a model call a tool.");
        }

        return Write(json =>
        {
            json.WriteStartArray();
            foreach (var tool in tools) Write(json, tool);
            json.WriteEndArray();
        });
    }

    public static string Calls(IEnumerable<FunctionCallContent> calls) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id", call.CallId);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteString("arguments", Text(call.Arguments ?? new Dictionary<string, object?>()));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>A tool's result as the model reads it: a text as it is, everything else as JSON.</summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        _ => JsonSerializer.Serialize(value, s_values),
    };

    static void Write(Utf8JsonWriter json, AITool tool)
    {
        if (tool is not AIFunctionDeclaration function)
        {
            throw new NotSupportedException($"The tool '{tool.Name}' is a {tool.GetType().Name}; only functions are supported.");
        }

        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", function.Name);
        json.WriteString("description", function.Description);
        json.WritePropertyName("parameters");
        function.JsonSchema.WriteTo(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static string Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_plain)) write(json);
        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
