using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A request for a response that was found valid.</summary>
/// <param name="Turn">The turn to start, wherever that is.</param>
internal sealed record ResponseCall(TurnRequest Turn, bool Stream, bool Background, bool Stored)
{
    /// <summary>The named conversation that it belongs to: the 32 digits of its id. Null: none.</summary>
    public string? Conversation { get; init; }

    /// <summary>The response that it follows.</summary>
    public ResponseId? Previous { get; init; }
}
