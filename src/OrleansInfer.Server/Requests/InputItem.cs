using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>An item of a request: a message, or the id of one that a conversation holds.</summary>
/// <param name="Path">Where it stands in the request, for messages: "input[3]".</param>
internal readonly record struct InputItem(ChatMessage? Message, string? Reference, string Path);
