using Microsoft.Extensions.Logging;
using OrleansInfer.Abstractions;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace OrleansInfer.Grains;

/// <summary>
/// Sends committed events to the conversation's stream, behind the back of the generation: what is committed while a batch is under way
/// goes with the next. A batch that fails is lost; subscribers see the gap and read it from the conversation.
/// </summary>
sealed partial class TokenPublisher(
    IAsyncStream<TokenBatch> stream, IStreamSubscriptionManager? subscriptions, string conversation, Func<long, TokenPage> read,
    TimeSpan interval, TimeProvider time, ILogger logger)
{
    // A batch costs a third of all else that its tokens need, and most conversations have no subscriber.
    static readonly TimeSpan s_recheck = TimeSpan.FromSeconds(1);

    long _next;
    bool _busy, _again, _heard = subscriptions is null;
    long? _asked;

    /// <summary>Everything before this was published by someone else, or never will be.</summary>
    public void SkipTo(long seq) => _next = seq;

    /// <summary>There is something new. Returns at once.</summary>
    public void Notify()
    {
        _again = true;
        if (_busy) return;
        _busy = true;
        _ = PublishAsync();
    }

    async Task PublishAsync()
    {
        while (_again)
        {
            _again = false;
            var page = read(_next);
            try
            {
                var isNews = page.Events.Count > 0 || page.Done;
                if (await IsHeard() && isNews) await stream.OnNextAsync(new(conversation, page.Events, page.Done));
            }
            catch (Exception e) when (e is SiloUnavailableException or OrleansMessageRejectionException or ObjectDisposedException)
            {
                // This silo or the queue's is going down: what comes is published again when the queue has moved.
            }
            catch (Exception e)
            {
                LogFailed(e, conversation, page.Events.Count);
            }
            if (page.Events.Count > 0) _next = page.Events[^1].Seq + 1; // A turn that has begun meanwhile leaves a gap, as a failure does.
            if (!page.Done) await Task.Delay(_heard ? interval : s_recheck, time);
        }
        _busy = false;
    }

    /// <summary>Whether anybody has subscribed, as of a second ago. Who subscribes in mid-turn has the tokens before from a read.</summary>
    async Task<bool> IsHeard()
    {
        if (subscriptions is null || (_asked is { } asked && time.GetElapsedTime(asked) < s_recheck)) return _heard;
        _asked = time.GetTimestamp();
        return _heard = (await subscriptions.GetSubscriptions(TokenStreams.Provider, stream.StreamId)).Any();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events of {Conversation} were not published; its readers have them.")]
    partial void LogFailed(Exception e, string conversation, int count);
}
