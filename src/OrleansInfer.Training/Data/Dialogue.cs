namespace OrleansInfer.Training;

/// <summary>One conversation of a corpus, as chat messages in order.</summary>
internal sealed record Dialogue(string Id, IReadOnlyList<DialogueMessage> Messages);

/// <summary>One message: what was said, or the tools that were called, or what a tool answered.</summary>
internal sealed record DialogueMessage(string Role, string Content, IReadOnlyList<ToolCall> ToolCalls);

/// <summary>A call of a tool. <paramref name="Arguments"/> is a JSON object written as Python's json.dumps writes it.</summary>
internal sealed record ToolCall(string Name, string Arguments);
