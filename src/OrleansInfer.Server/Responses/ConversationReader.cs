using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// Follows conversations with a cursor and long polls. The journal is the truth, so whatever happens to a call, the next one asks for
/// what is missing: no token is lost and none comes twice.
/// </summary>
internal sealed class ConversationReader(TimeProvider time)
{
    /// <summary>How long a call waits for a token before it is asked again; far below the call's timeout of 5 s.</summary>
    const int WaitMs = 2000;

    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(25), LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>A silo that takes over does so within seconds; after this time the failure is the reader's to see.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The pages of all conversations of a completion as they come, from the turn's first token on, each to its end.</summary>
    public IAsyncEnumerable<(int Prompt, TokenPage Page)> Read(Completion completion, CancellationToken cancellation) =>
        completion.Conversations.Count == 1 ? ReadOne(completion.Conversations[0], 0, cancellation) : ReadAll(completion, cancellation);

    async IAsyncEnumerable<(int, TokenPage)> ReadOne(
        Conversation conversation, int prompt, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var next = conversation.Turn.FirstSeq;
        while (true)
        {
            var page = await ReadPage(conversation.Grain, next, cancellation);
            next += page.Events.Count;
            if (page.Events.Count > 0 || page.Done) yield return (prompt, page);
            if (page.Done) yield break;
        }
    }

    async IAsyncEnumerable<(int, TokenPage)> ReadAll(Completion completion, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pages = Channel.CreateBounded<(int, TokenPage)>(completion.Conversations.Count);
        var readers = Task.WhenAll(completion.Conversations.Select((conversation, prompt) =>
            Copy(ReadOne(conversation, prompt, stop.Token))));
        _ = readers.ContinueWith(all => pages.Writer.Complete(all.Exception?.InnerException), TaskScheduler.Default);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(cancellation)) yield return page;
        }
        finally
        {
            // No read may be under way when the caller goes on to park the conversations.
            await stop.CancelAsync();
            await readers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task Copy(IAsyncEnumerable<(int, TokenPage)> source)
        {
            await foreach (var page in source) await pages.Writer.WriteAsync(page, stop.Token);
        }
    }

    async Task<TokenPage> ReadPage(IConversationGrain grain, long from, CancellationToken cancellation)
    {
        var pause = FirstPause;
        var failingSince = (long?)null;
        while (true)
        {
            try
            {
                return await grain.Read(from, WaitMs, cancellation);
            }
            catch (Exception e) when (IsTransient(e) && !cancellation.IsCancellationRequested
                && !IsTooLate(failingSince ??= time.GetTimestamp()))
            {
                await Task.Delay(pause, time, cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    bool IsTooLate(long since) => time.GetElapsedTime(since) > Patience;

    static bool IsTransient(Exception e) =>
        e is SiloUnavailableException or TimeoutException or OrleansMessageRejectionException or InconsistentStateException
            or InferenceException { Error: InferenceError.Unavailable };
}
