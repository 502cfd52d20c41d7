using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Grains;

/// <summary>What a turn asks for becomes the token ids of a prompt.</summary>
public sealed class PromptBuilder(ServedModel model)
{
    static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Of what is put together here out of bounded parts: they stand a few levels deep in it.</summary>
    static readonly JsonDocumentOptions BoundedWhole = Bounded with { MaxDepth = 80 };

    /// <summary>
    /// Messages go through the chat template, and special tokens in them stay text. A raw prompt is the caller's own: it gets the model's
    /// special tokens around it, and those written in it are special.
    /// </summary>
    /// <param name="history">The messages before the request's.</param>
    /// <exception cref="InferenceException">The request is at fault.</exception>
    public int[] Build(TurnRequest request, IReadOnlyList<ChatMessage> history)
    {
        try
        {
            return request switch
            {
                { PromptTokenIds: { } ids } => Checked(ids),
                { Prompt: { } text } => [.. model.Tokenizer.Encode(text, addSpecialTokens: true, parseSpecialTokens: true)],
                { Messages: { } messages } => Render(request, [.. InstructionsOf(request), .. history, .. messages]),
                _ => throw Refusal.Invalid("The request has neither messages nor a prompt.", "messages"),
            };
        }
        catch (TimeoutException)
        {
            throw Refusal.Invalid("The text takes unreasonably long to split into tokens.", request.Prompt is null ? "messages" : "prompt");
        }
    }

    /// <exception cref="InferenceException">They are not calls of functions as a template can show them.</exception>
    internal static void CheckToolCalls(string json) => Parse("tool_calls", json, JsonValueKind.Array).Dispose();

    static IEnumerable<ChatMessage> InstructionsOf(TurnRequest request) =>
        request.Instructions is { } text ? [new("system", text)] : [];

    int[] Checked(IReadOnlyList<int> ids)
    {
        var vocabulary = model.VocabSize;
        foreach (var id in ids)
            if (id < 0 || id >= vocabulary)
                throw Refusal.Invalid($"The prompt holds token {id}; token ids run from 0 to {vocabulary - 1}.", "prompt");
        return [.. ids];
    }

    int[] Render(TurnRequest request, List<ChatMessage> messages)
    {
        if (model.ChatTemplate is not { } template)
            throw Refusal.Invalid($"The model {model.Name} has no chat template: send a prompt, not messages.", "messages");
        if (messages.Count == 0) throw Refusal.Invalid("The list of messages is empty.", "messages");
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json)) WriteRequest(writer, request, messages);
        using var document = JsonDocument.Parse(json.WrittenMemory, BoundedWhole);
        try
        {
            var segments = template.RenderSegments(document.RootElement);
            return [.. model.Tokenizer.EncodeSegments(segments.Select(segment => (segment.Text, segment.FromTemplate)))];
        }
        catch (TemplateException e)
        {
            throw Refusal.Invalid(e.RaisedByTemplate ? e.Message : $"The chat template of {model.Name} failed: {e.Message}", "messages");
        }
    }

    static void WriteRequest(Utf8JsonWriter writer, TurnRequest request, List<ChatMessage> messages)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("messages");
        for (var i = 0; i < messages.Count;)
        {
            var end = i + 1;
            while (end < messages.Count && JoinsTo(messages[i], messages[end])) end++;
            WriteMessage(writer, CollectionsMarshal.AsSpan(messages)[i..end]);
            i = end;
        }
        writer.WriteEndArray();
        using var kwargs = Parse("chat_template_kwargs", request.ChatTemplateKwargsJson ?? "{}", JsonValueKind.Object);
        WriteKwargs(writer, kwargs.RootElement);
        // As transformers does: templates ask whether these are none, not whether they are there.
        if (request.ToolsJson is { } tools) WriteJson(writer, "tools", tools);
        else writer.WriteNull("tools");
        if (!kwargs.RootElement.TryGetProperty("documents", out _)) writer.WriteNull("documents");
        if (!kwargs.RootElement.TryGetProperty("add_generation_prompt", out _)) writer.WriteBoolean("add_generation_prompt", true);
        writer.WriteEndObject();
    }

    static bool JoinsTo(ChatMessage first, ChatMessage next) =>
        next is { Joins: true, Role: "assistant", Content: null, ToolCallsJson: not null } && first.Role == "assistant";

    /// <param name="joined">A message and those that bring more calls to it.</param>
    static void WriteMessage(Utf8JsonWriter writer, ReadOnlySpan<ChatMessage> joined)
    {
        var message = joined[0];
        writer.WriteStartObject();
        WriteText(writer, "role", message.Role == "developer" ? "system" : message.Role); // templates know the older name
        WriteText(writer, "content", message.Content);
        if (message.Name is { } name) WriteText(writer, "name", name);
        if (message.ToolCallId is { } id) WriteText(writer, "tool_call_id", id);
        WriteToolCalls(writer, joined);
        writer.WriteEndObject();
    }

    /// <summary>Half a surrogate pair is no text, and JSON cannot carry it.</summary>
    static void WriteText(Utf8JsonWriter writer, string name, string? text)
    {
        try
        {
            writer.WriteString(name, text);
        }
        catch (ArgumentException)
        {
            throw Refusal.Invalid($"The {name} of a message holds half of a surrogate pair.", "messages");
        }
    }

    static void WriteJson(Utf8JsonWriter writer, string name, string json)
    {
        using var value = Parse(name, json, JsonValueKind.Array);
        writer.WritePropertyName(name);
        value.RootElement.WriteTo(writer);
    }

    /// <summary>OpenAI's arguments are JSON inside a string; templates write them out themselves and want the object.</summary>
    static void WriteToolCalls(Utf8JsonWriter writer, ReadOnlySpan<ChatMessage> joined)
    {
        var begun = false;
        foreach (var message in joined)
        {
            if (message.ToolCallsJson is not { } json) continue;
            if (!begun) writer.WriteStartArray("tool_calls");
            begun = true;
            using var value = Parse("tool_calls", json, JsonValueKind.Array);
            foreach (var call in JsonArray.Create(value.RootElement)!) WriteToolCall(writer, call);
        }
        if (begun) writer.WriteEndArray();
    }

    static void WriteToolCall(Utf8JsonWriter writer, JsonNode? call)
    {
        if ((call as JsonObject)?["function"] is JsonObject function && function["arguments"] is JsonValue arguments
            && arguments.TryGetValue<string>(out var text) && TryParseObject(text) is { } parsed)
            function["arguments"] = parsed;
        if (call is null) writer.WriteNullValue();
        else call.WriteTo(writer);
    }

    static JsonObject? TryParseObject(string json)
    {
        try
        {
            var parsed = JsonNode.Parse(json, documentOptions: Bounded) as JsonObject;
            parsed?.ToJsonString(); // half a surrogate pair, written as an escape, is only found when somebody reads it
            return parsed;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // A model may have written anything: the template gets the text.
        }
    }

    static void WriteKwargs(Utf8JsonWriter writer, JsonElement kwargs)
    {
        foreach (var property in kwargs.EnumerateObject())
        {
            if (property.Name is "messages" or "tools")
                throw Refusal.Invalid($"chat_template_kwargs may not set {property.Name}.", "chat_template_kwargs");
            property.WriteTo(writer);
        }
    }

    static JsonDocument Parse(string name, string json, JsonValueKind kind)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Bounded);
        }
        catch (JsonException e)
        {
            throw Refusal.Invalid($"{name} is not JSON: {e.Message}", name);
        }
        if (document.RootElement.ValueKind == kind) return document;
        document.Dispose();
        throw Refusal.Invalid($"{name} must be a JSON {kind.ToString().ToLowerInvariant()}.", name);
    }
}
