namespace OrleansInfer.Abstractions;

/// <summary>
/// What a conversation is asked to answer. Exactly one of <see cref="Messages"/>, <see cref="Prompt"/> and <see cref="PromptTokenIds"/>
/// is set.
/// </summary>
[GenerateSerializer, Immutable, Alias("oi.TurnRequest")]
public sealed record TurnRequest
{
    /// <summary>Of <see cref="Tag"/>.</summary>
    public const int MaxTagLength = 1 << 18;

    /// <summary>The model asked for; empty takes the one that is served.</summary>
    [Id(0)] public string Model { get; init; } = "";

    /// <summary>New messages; they follow those the conversation already holds and go through the chat template.</summary>
    [Id(1)] public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>Raw text, no template; only as the first turn.</summary>
    [Id(2)] public string? Prompt { get; init; }

    /// <summary>Raw token ids, no template; only as the first turn.</summary>
    [Id(3)] public IReadOnlyList<int>? PromptTokenIds { get; init; }

    /// <summary>Tools for the chat template: OpenAI's JSON array. Null: none.</summary>
    [Id(4)] public string? ToolsJson { get; init; }

    /// <summary>More variables for the chat template: a JSON object. Null: none.</summary>
    [Id(5)] public string? ChatTemplateKwargsJson { get; init; }

    [Id(6)] public SamplingParams Sampling { get; init; } = new();

    /// <summary>How long the conversation is kept behind the turn's end; null keeps it until it is deleted.</summary>
    [Id(7)] public TimeSpan? Retention { get; init; }

    /// <summary>
    /// Anything the caller wants back with <see cref="TurnInfo"/>; at most <see cref="MaxTagLength"/> characters. The HTTP edge keeps its
    /// response format here.
    /// </summary>
    [Id(8)] public string? Tag { get; init; }

    /// <summary>A system message in front of this turn's prompt alone; the conversation does not keep it. Only with messages.</summary>
    [Id(9)] public string? Instructions { get; init; }

    /// <summary>
    /// Refused with <see cref="InferenceError.ConversationMoved"/> unless the conversation's last turn has this number; -1: unless it has
    /// none. Null: wherever it stands.
    /// </summary>
    [Id(10)] public int? AfterTurn { get; init; }

    /// <summary>
    /// A turn that nobody has read for so long is parked, as by <see cref="IConversationGrain.Park"/>: its readers may have gone without
    /// a word. Null: it runs to its end whether anybody reads or not.
    /// </summary>
    [Id(11)] public TimeSpan? ReadWithin { get; init; }
}
