using System.Text.Json;

namespace OrleansInfer.Training;

/// <summary>Reads dialogues from a .jsonl file: one <c>{"id": ..., "messages": [...]}</c> a line, messages in OpenAI's form.</summary>
internal static class DialogueReader
{
    static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    /// <exception cref="InvalidDataException">A line is not a dialogue; the message names file, line and fault.</exception>
    public static IReadOnlyList<Dialogue> Read(string path)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: no such file. Give --data a folder with train.jsonl and valid.jsonl.");
        var dialogues = new List<Dialogue>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                dialogues.Add(ParseLine(path, number, line));
        }
        return dialogues.Count > 0 ? dialogues : throw new InvalidDataException($"{path}: holds no dialogue.");
    }

    static Dialogue ParseLine(string path, int number, string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return Parse(document.RootElement, fallbackId: $"line-{number}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}:{number}: not a dialogue: {e.Message}", e);
        }
    }

    static Dialogue Parse(JsonElement root, string fallbackId)
    {
        var id = root.TryGetProperty("id", out var value) ? value.GetString() : null;
        return new(id ?? fallbackId, [.. root.GetProperty("messages").EnumerateArray().Select(ParseMessage)]);
    }

    static DialogueMessage ParseMessage(JsonElement message)
    {
        var role = message.GetProperty("role").GetString();
        if (!Roles.Contains(role))
            throw new JsonException($"role '{role}' is none of {string.Join(", ", Roles)}.");
        var content = message.TryGetProperty("content", out var text) ? text.GetString() : null;
        var calls = message.TryGetProperty("tool_calls", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(ParseCall).ToArray()
            : [];
        return new(role!, content ?? "", calls);
    }

    static ToolCall ParseCall(JsonElement call)
    {
        var function = call.GetProperty("function");
        var name = function.GetProperty("name").GetString() ?? throw new JsonException("a tool call has no name.");
        using var arguments = JsonDocument.Parse(function.GetProperty("arguments").GetString() ?? "{}");
        return new(name, PythonJson.Write(arguments.RootElement));
    }
}
