using Microsoft.Extensions.Logging;
using Orleans.Streams;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client;

/// <summary>
/// A subscription that may fail and may be made again: the stream only rings the bell sooner than a read would find out, so its failures
/// are logged and never thrown.
/// </summary>
internal sealed partial class TokenSubscription(
    IAsyncStream<TokenBatch> stream, BatchInbox inbox, TimeProvider time, ILogger logger)
{
    static readonly TimeSpan s_renewalPause = TimeSpan.FromSeconds(5);

    StreamSubscriptionHandle<TokenBatch>? _handle;
    long _subscribed;

    public async Task SubscribeAsync()
    {
        _subscribed = time.GetTimestamp();
        try
        {
            _handle = await stream.SubscribeAsync(inbox);
        }
        catch (Exception e)
        {
            LogFailed(e, stream.StreamId.ToString());
        }
    }

    /// <summary>
    /// Subscribes anew, when that is not just done: a provider in memory forgets its subscribers with the silo that held them.
    /// </summary>
    public async Task RenewAsync()
    {
        if (time.GetElapsedTime(_subscribed) < s_renewalPause) return;
        await UnsubscribeAsync();
        await SubscribeAsync();
    }

    public async Task UnsubscribeAsync()
    {
        if (_handle is not { } handle) return;
        _handle = null;
        try
        {
            await handle.UnsubscribeAsync();
        }
        catch (Exception e)
        {
            LogFailed(e, stream.StreamId.ToString());
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stream {Stream} is not to be had; its tokens are read from the conversation.")]
    partial void LogFailed(Exception e, string stream);
}
