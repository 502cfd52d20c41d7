namespace OrleansInfer.Abstractions;

/// <summary>A conversation that is made before its first turn.</summary>
[GenerateSerializer, Immutable, Alias("oi.NewConversation")]
public sealed record NewConversation
{
    /// <summary>Somebody knows it by its name: it is kept until it is deleted, whatever its turns say. Default false.</summary>
    [Id(0)] public bool Named { get; init; }

    /// <summary>At most 16 pairs, keys of 1 to 64 characters, values of up to 512: OpenAI's limits.</summary>
    [Id(1)] public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The items it begins with.</summary>
    [Id(2)] public IReadOnlyList<ChatMessage> Items { get; init; } = [];

    /// <summary>How long it is kept if no turn follows; null keeps it. Without meaning where it is named.</summary>
    [Id(3)] public TimeSpan? Retention { get; init; }
}
