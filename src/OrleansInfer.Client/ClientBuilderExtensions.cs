using Orleans.Hosting;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client;

/// <summary>What a cluster client needs to subscribe to tokens.</summary>
public static class ClientBuilderExtensions
{
    /// <summary>
    /// Receives tokens of conversations over Orleans streams in memory: the counterpart of the server's provider
    /// <see cref="TokenStreams.Provider"/>. Without it a conversation is read with <see cref="ConversationExtensions.ReadTokensAsync"/>.
    /// </summary>
    public static IClientBuilder UseMemoryTokenStreams(this IClientBuilder client) => client.AddMemoryStreams(TokenStreams.Provider);
}
