namespace OrleansInfer.Abstractions;

/// <summary>A conversation without its items.</summary>
[GenerateSerializer, Immutable, Alias("oi.ConversationInfo")]
public sealed record ConversationInfo
{
    [Id(0)] public required DateTimeOffset Created { get; init; }

    /// <summary><see cref="NewConversation.Named"/>.</summary>
    [Id(1)] public required bool Named { get; init; }

    [Id(2)] public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Turns begun, those deleted included: the last one's number is one less.</summary>
    [Id(3)] public required int Turns { get; init; }
}
