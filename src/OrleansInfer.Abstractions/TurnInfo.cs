namespace OrleansInfer.Abstractions;

/// <summary>A turn that was accepted: what a reader needs to follow it, now or later.</summary>
[GenerateSerializer, Immutable, Alias("oi.TurnInfo")]
public sealed record TurnInfo
{
    [Id(0)] public required string Model { get; init; }

    /// <summary>Sequence number of the turn's first token.</summary>
    [Id(1)] public required long FirstSeq { get; init; }

    [Id(2)] public required DateTimeOffset Created { get; init; }

    /// <summary>The seed in use: the request's own, or the one that was drawn.</summary>
    [Id(3)] public required ulong Seed { get; init; }

    /// <summary>Model, precision and kernel mode: turns are comparable bit for bit only under the same fingerprint.</summary>
    [Id(4)] public required string SystemFingerprint { get; init; }

    [Id(5)] public required int PromptTokens { get; init; }

    /// <summary>Number of choices.</summary>
    [Id(6)] public required int N { get; init; }

    /// <summary><see cref="TurnRequest.Tag"/>.</summary>
    [Id(7)] public string? Tag { get; init; }

    /// <summary>Its number in the conversation, from 0; never given twice.</summary>
    [Id(8)] public int Turn { get; init; }

    /// <summary>Sequence number behind the turn's last event. Null: it runs.</summary>
    [Id(9)] public long? EndSeq { get; init; }

    /// <summary>Set with <see cref="EndSeq"/>.</summary>
    [Id(10)] public TurnUsage? Usage { get; init; }

    /// <summary>Why each choice ended; set with <see cref="EndSeq"/>.</summary>
    [Id(11)] public IReadOnlyList<FinishReason>? FinishReasons { get; init; }

    /// <summary>Number of the item that the answer (of choice 0) becomes when the turn has ended; its input stands before it.</summary>
    [Id(12)] public long AnswerItem { get; init; }

    /// <summary><see cref="TurnRequest.Instructions"/>.</summary>
    [Id(13)] public string? Instructions { get; init; }

    /// <summary>When it ended; null until its end is in the journal, and in journals older than this.</summary>
    [Id(15)] public DateTimeOffset? Ended { get; init; }

    /// <summary><see cref="TurnRequest.ToolsJson"/>.</summary>
    [Id(14)] public string? ToolsJson { get; init; }
}
