using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client;

/// <summary>Reads from a conversation through whatever becomes of silos and connections: the next call asks for what is missing.</summary>
internal sealed class ConversationReader(IConversationGrain conversation, TokenReadOptions options)
{
    static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(25), s_longestPause = TimeSpan.FromMilliseconds(500);

    // Nobody tells a client that a silo died with its call. Asking again is harmless, but a silo that is merely slow must get to answer.
    static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(500), s_longestDelay = TimeSpan.FromSeconds(5);

    readonly string _tenant = TenantOf(conversation);

    public static string TenantOf(IConversationGrain conversation) =>
        ConversationKey.TryParse(conversation.GetPrimaryKeyString())?.Tenant ?? ConversationKey.DefaultTenant;

    /// <summary>The events from <paramref name="fromSeq"/> on; waits for the first one when there is none yet.</summary>
    public async Task<TokenPage> ReadAsync(long fromSeq, TimeSpan wait, CancellationToken cancellationToken)
    {
        RequestContext.Set(ConversationKey.TenantContextKey, _tenant);
        var (pause, delay) = (s_firstPause, s_firstDelay);
        var failingSince = (long?)null;
        while (true)
        {
            try
            {
                return await conversation.Read(fromSeq, (int)wait.TotalMilliseconds, cancellationToken)
                    .WaitAsync(wait + delay, options.Time, cancellationToken);
            }
            catch (Exception e) when (IsTransient(e) && !cancellationToken.IsCancellationRequested && HasPatience(ref failingSince))
            {
                await Task.Delay(pause, options.Time, cancellationToken);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
                delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;
            }
        }
    }

    bool HasPatience(ref long? failingSince) =>
        options.Time.GetElapsedTime(failingSince ??= options.Time.GetTimestamp()) < options.Patience;

    static bool IsTransient(Exception e) => e
        is SiloUnavailableException // no gateway, or the silo of the conversation is gone
        or TimeoutException // so far nobody knows that it is gone
        or OrleansMessageRejectionException
        or GatewayTooBusyException
        or ConnectionFailedException
        or InferenceException { Error: InferenceError.Unavailable };
}
