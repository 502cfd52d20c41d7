using System.Runtime.CompilerServices;
using System.Threading.Channels;
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

    /// <summary>A turn whose readers have gone together with their server is parked after this time.</summary>
    public static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(30);

    readonly Takeover _takeover = new(time);

    /// <summary>The pages of all conversations of a completion as they come, from the turn's first token on, each to its end.</summary>
    public IAsyncEnumerable<(int Prompt, TokenPage Page)> Read(Completion completion, CancellationToken cancellation) =>
        completion.Conversations.Count == 1 ? ReadOne(completion.Conversations[0], 0, cancellation) : ReadAll(completion, cancellation);

    /// <summary>The pages of one turn, from its first token to its end; or, where it is not to wait, as far as there are tokens.</summary>
    public async IAsyncEnumerable<TokenPage> Read(
        ConversationTurn turn, bool wait, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var next = turn.Turn.FirstSeq;
        while (true)
        {
            var page = await _takeover.Await(() => turn.Grain.Read(next, wait ? WaitMs : 0, cancellation), cancellation);
            next += page.Events.Count;
            if (page.Events.Count > 0 || page.Done) yield return page;
            if (page.Done || (page.Events.Count == 0 && !wait)) yield break;
        }
    }

    /// <summary>A turn whose last token was read, once its end is in the journal.</summary>
    public Task<TurnInfo> ReadEnd(ConversationTurn turn, CancellationToken cancellation) => _takeover.Await(async () =>
    {
        var ended = await turn.Grain.GetTurn(turn.Turn.Turn);
        return ended.Ended is not null ? ended
            : throw new InferenceException(InferenceError.Unavailable, "The end of the answer is not in the journal yet.");
    }, cancellation);

    async IAsyncEnumerable<(int, TokenPage)> ReadOne(
        Conversation conversation, int prompt, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var page in Read(conversation, wait: true, cancellation)) yield return (prompt, page);
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
}
