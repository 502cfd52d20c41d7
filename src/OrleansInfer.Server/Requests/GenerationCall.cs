using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A request that was found valid: the turns to start, one a prompt, and how to answer.</summary>
internal sealed record GenerationCall(IReadOnlyList<TurnRequest> Turns, ResponseFormat Format, bool Stream);
