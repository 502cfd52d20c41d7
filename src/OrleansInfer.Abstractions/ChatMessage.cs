namespace OrleansInfer.Abstractions;

/// <summary>One message of a conversation, as the chat template sees it.</summary>
[GenerateSerializer, Immutable, Alias("oi.ChatMessage")]
public sealed record ChatMessage([property: Id(0)] string Role, [property: Id(1)] string? Content)
{
    /// <summary>The tool calls of an assistant message: OpenAI's JSON array. Null: none.</summary>
    [Id(2)] public string? ToolCallsJson { get; init; }

    /// <summary>Which call a tool message answers.</summary>
    [Id(3)] public string? ToolCallId { get; init; }

    /// <summary>The author's name, where a template shows it.</summary>
    [Id(4)] public string? Name { get; init; }

    /// <summary>
    /// In a prompt it is one message with the assistant's before it, where there is one: each call of a function is an item by itself,
    /// but templates want all calls of one answer together.
    /// </summary>
    [Id(5)] public bool Joins { get; init; }
}
