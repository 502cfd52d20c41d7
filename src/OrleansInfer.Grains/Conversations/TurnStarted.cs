using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>A turn was accepted: all that is needed to generate its tokens, now or after a crash, here or on another silo.</summary>
[GenerateSerializer, Immutable, Alias("oi.TurnStarted")]
sealed record TurnStarted : ConversationEvent
{
    /// <summary>As it was asked for, except that raw prompt tokens stand in <see cref="PromptTokenIds"/> alone.</summary>
    [Id(0)] public required TurnRequest Request { get; init; }

    [Id(1)] public required int[] PromptTokenIds { get; init; }

    /// <summary>With its seed and token limit resolved.</summary>
    [Id(2)] public required SamplingParams Sampling { get; init; }

    [Id(3)] public required ulong Seed { get; init; }

    [Id(4)] public required DateTimeOffset Created { get; init; }

    [Id(5)] public required string Model { get; init; }

    [Id(6)] public required string SystemFingerprint { get; init; }
}
