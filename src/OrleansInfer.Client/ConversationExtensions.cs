using System.Runtime.CompilerServices;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client;

/// <summary>Following a conversation by asking it, with no stream.</summary>
public static class ConversationExtensions
{
    /// <summary>
    /// The tokens of a conversation from a sequence number on, each exactly once, to the end of the running turn. Go on behind the last
    /// one's <see cref="TokenEvent.Seq"/> to resume, in this process or in another.
    /// </summary>
    /// <param name="conversation">The conversation; its calls carry the tenant of its key.</param>
    /// <param name="fromSeq">Sequence number of the first token wanted: <see cref="TurnInfo.FirstSeq"/>, or where a reader stopped.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="cancellationToken">Ends the reading; the turn goes on.</param>
    /// <exception cref="InferenceException">There is no such conversation, or it has no such token.</exception>
    public static async IAsyncEnumerable<TokenEvent> ReadTokensAsync(
        this IConversationGrain conversation, long fromSeq, TokenReadOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in conversation.ReadPagesAsync(fromSeq, options, cancellationToken))
        {
            foreach (var token in page.Events) yield return token;
        }
    }

    /// <summary>As <see cref="ReadTokensAsync"/>, page by page; the last one has the turn's usage.</summary>
    /// <inheritdoc cref="ReadTokensAsync"/>
    public static async IAsyncEnumerable<TokenPage> ReadPagesAsync(
        this IConversationGrain conversation, long fromSeq, TokenReadOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= new();
        var reader = new ConversationReader(conversation, options);
        while (true)
        {
            var page = await reader.ReadAsync(fromSeq, options.LongPoll, cancellationToken);
            fromSeq += page.Events.Count;
            if (page.Events.Count > 0 || page.Done) yield return page;
            if (page.Done) yield break;
        }
    }
}
