using Orleans.Runtime;

namespace OrleansInfer.Abstractions;

/// <summary>Where a conversation publishes its tokens: payload <see cref="TokenBatch"/>.</summary>
public static class TokenStreams
{
    /// <summary>Name of the stream provider.</summary>
    public const string Provider = "tokens";

    /// <summary>The stream of a conversation; <paramref name="conversationId"/> is the grain's whole key.</summary>
    public static StreamId For(string conversationId) => StreamId.Create(Provider, conversationId);
}
