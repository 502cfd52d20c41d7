using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>An item of a conversation as OpenAI's JSON: "message", "function_call" or "function_call_output".</summary>
internal static class ItemJson
{
    /// <summary>A message of the assistant with text is shown as that, also where a caller without HTTP gave it calls as well.</summary>
    public static ItemKind KindOf(ChatMessage message) => message switch
    {
        { Role: "tool" } => ItemKind.FunctionCallOutput,
        { Content: null, ToolCallsJson: not null } => ItemKind.FunctionCall,
        _ => ItemKind.Message,
    };

    public static string IdOf(ConversationId conversation, ConversationItem item) =>
        conversation.ItemId(KindOf(item.Message), item.Number);

    /// <summary>The whole object.</summary>
    public static void Write(Utf8JsonWriter json, ConversationId conversation, ConversationItem item)
    {
        json.WriteStartObject();
        WriteFields(json, conversation, item);
        json.WriteEndObject();
    }

    public static void WriteFields(Utf8JsonWriter json, ConversationId conversation, ConversationItem item)
    {
        json.WriteString(JsonNames.Id, IdOf(conversation, item));
        switch (KindOf(item.Message))
        {
            case ItemKind.FunctionCall: WriteCall(json, item.Message); break;
            case ItemKind.FunctionCallOutput: WriteOutput(json, item.Message); break;
            default: WriteMessage(json, item.Message); break;
        }
    }

    static void WriteMessage(Utf8JsonWriter json, ChatMessage message)
    {
        WriteHead(json, "message");
        json.WriteString(JsonNames.Role, message.Role);
        json.WriteStartArray(JsonNames.Content);
        WriteText(json, isAnswer: message.Role == "assistant", message.Content ?? "");
        json.WriteEndArray();
    }

    /// <summary>A part of a message's content.</summary>
    /// <param name="isAnswer">It is the model's.</param>
    static void WriteText(Utf8JsonWriter json, bool isAnswer, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", isAnswer ? "output_text" : "input_text");
        json.WriteString(JsonNames.Text, text);
        if (isAnswer)
        {
            foreach (var empty in (ReadOnlySpan<string>)["annotations", "logprobs"])
            {
                json.WriteStartArray(empty);
                json.WriteEndArray();
            }
        }
        json.WriteEndObject();
    }

    static void WriteCall(Utf8JsonWriter json, ChatMessage message)
    {
        using var calls = JsonDocument.Parse(message.ToolCallsJson!, WireJson.Reader);
        var call = calls.RootElement.EnumerateArray().FirstOrDefault();
        var function = Field(call, "function");
        WriteHead(json, "function_call");
        json.WriteString("call_id", TextOf(Field(call, "id")));
        json.WriteString("name", TextOf(Field(function, "name")));
        json.WriteString("arguments", TextOf(Field(function, "arguments")));
    }

    static void WriteOutput(Utf8JsonWriter json, ChatMessage message)
    {
        WriteHead(json, "function_call_output");
        json.WriteString("call_id", message.ToolCallId ?? "");
        json.WriteString("output", message.Content ?? "");
    }

    static void WriteHead(Utf8JsonWriter json, string type)
    {
        json.WriteString("type", type);
        json.WriteString("status", "completed");
    }

    // Calls from HTTP have all fields; a caller of the grain may have written others.
    static JsonElement Field(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };
}
