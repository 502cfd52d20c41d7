using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A request for a response that was found valid.</summary>
/// <param name="Turn">The turn to start, wherever that is, without its messages.</param>
/// <param name="Input">What is asked.</param>
internal sealed record ResponseCall(TurnRequest Turn, IReadOnlyList<InputItem> Input, bool Stream, bool Background, bool Stored)
{
    /// <summary>Names this request among all others.</summary>
    public required Guid Request { get; init; }

    /// <summary>The turn with the messages that the request itself holds.</summary>
    public TurnRequest Asked => Turn with { Messages = [.. Input.Where(item => item.Message is not null).Select(item => item.Message!)] };

    /// <summary>The client may send it again, and will get the same response.</summary>
    public bool Repeatable { get; init; }

    /// <summary>The named conversation that it belongs to. Null: none.</summary>
    public ConversationId? Conversation { get; init; }

    /// <summary>The response that it follows.</summary>
    public ResponseId? Previous { get; init; }
}
