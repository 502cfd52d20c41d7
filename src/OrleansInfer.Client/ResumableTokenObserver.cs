using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Streams;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client;

/// <summary>
/// Follows a conversation through its Orleans stream, each token exactly once and in order whatever the stream provider does: tokens that
/// it has are dropped; a gap, or a silence, is filled from the conversation itself. The stream is the bell, the journal the truth.
/// </summary>
/// <remarks>
/// Keep <see cref="NextSeq"/> with what you made of the tokens, and start again there after a crash. The cluster client needs the stream
/// provider: <see cref="ClientBuilderExtensions.UseMemoryTokenStreams"/>.
/// </remarks>
/// <param name="client">A client of the cluster, connected.</param>
/// <param name="key">The conversation.</param>
/// <param name="nextSeq">The first token wanted. Default 0, the conversation's first.</param>
/// <param name="options">Null: the defaults.</param>
/// <param name="logger">Null: none.</param>
public sealed class ResumableTokenObserver(
    IClusterClient client,
    ConversationKey key,
    long nextSeq = 0,
    TokenReadOptions? options = null,
    ILogger<ResumableTokenObserver>? logger = null)
{
    readonly TokenReadOptions _options = options ?? new();
    readonly ConversationReader _reader = new(client.GetGrain<IConversationGrain>(key.ToString()), options ?? new());
    readonly ILogger _logger = logger ?? NullLogger<ResumableTokenObserver>.Instance;
    bool _silent; // the stream fell silent when it was listened to last

    /// <summary>The sequence number behind the last token that was handed out.</summary>
    public long NextSeq { get; private set; } = nextSeq;

    /// <summary>Tokens of the turn; set when the enumeration has come to its end.</summary>
    public TurnUsage? Usage { get; private set; }

    /// <summary>
    /// The tokens from <see cref="NextSeq"/> on, to the end of the running turn. One enumeration at a time; the next one goes on where the
    /// last stopped.
    /// </summary>
    /// <exception cref="InferenceException">There is no such conversation, or it has no such token.</exception>
    public async IAsyncEnumerable<TokenEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var inbox = new BatchInbox(_options.Time);
        var stream = client.GetStreamProvider(TokenStreams.Provider).GetStream<TokenBatch>(TokenStreams.For(key.ToString()));
        var subscription = new TokenSubscription(stream, inbox, _options.Time, _logger);
        await subscription.SubscribeAsync();
        try
        {
            var wait = TimeSpan.Zero; // first what is there already, page by page
            while (true)
            {
                var page = await _reader.ReadAsync(NextSeq, wait, cancellationToken);
                foreach (var token in Take(page.Events)) yield return token;
                if (page.Done)
                {
                    Usage = page.Usage;
                    yield break;
                }

                if (!inbox.IsEmpty || (wait == TimeSpan.Zero && page.Events.Count == 0))
                {
                    await foreach (var token in ListenAsync(inbox, cancellationToken)) yield return token;
                    wait = _silent ? _options.LongPoll : TimeSpan.Zero;
                }
                else if (wait > TimeSpan.Zero && page.Events.Count > 0)
                {
                    await subscription.RenewAsync(); // It should have told.
                }
            }
        }
        finally
        {
            await subscription.UnsubscribeAsync();
        }
    }

    /// <summary>
    /// The tokens that the stream brings, until only the conversation can say how to go on: a gap, a silence, a turn's end.
    /// </summary>
    async IAsyncEnumerable<TokenEvent> ListenAsync(BatchInbox inbox, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _silent = false;
        while (await inbox.NextAsync(_options.Silence, cancellationToken) is { } batch)
        {
            if (batch.Events is [var first, ..] && first.Seq > NextSeq) yield break;
            foreach (var token in Take(batch.Events)) yield return token;
            if (batch.Done) yield break; // perhaps of an older turn, late
        }

        _silent = true;
    }

    /// <summary>Those not handed out yet.</summary>
    IEnumerable<TokenEvent> Take(IReadOnlyList<TokenEvent> events)
    {
        foreach (var token in events)
        {
            if (token.Seq < NextSeq) continue;
            NextSeq = token.Seq + 1;
            yield return token;
        }
    }
}
