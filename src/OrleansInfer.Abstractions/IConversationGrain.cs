using Orleans.Concurrency;

namespace OrleansInfer.Abstractions;

/// <summary>
/// One conversation; its key is "{tenant}/{conversation}". The journal is the truth: a token that <see cref="Read"/> returned is never
/// taken back, survives the death of any process, and keeps its sequence number.
/// </summary>
[Alias("oi.IConversationGrain")]
public interface IConversationGrain : IGrainWithStringKey
{
    /// <summary>Accepts a turn and returns at once; its tokens come from <see cref="Read"/>.</summary>
    /// <exception cref="InferenceException">The request is at fault, a turn is running already, or there is no room.</exception>
    [Alias("Start")]
    Task<TurnInfo> Start(TurnRequest request);

    /// <summary>
    /// The events from <paramref name="fromSeq"/> on; waits up to <paramref name="waitMs"/> for the first when there is none yet.
    /// </summary>
    /// <exception cref="InferenceException">There is no such conversation.</exception>
    [AlwaysInterleave, ResponseTimeout("00:00:05"), Alias("Read")]
    Task<TokenPage> Read(long fromSeq, int waitMs, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends the running turn: its blocks are free before the next step, its choices finish with <see cref="FinishReason.Abort"/>.
    /// </summary>
    [AlwaysInterleave, Alias("Cancel")]
    /// <param name="turn">Only if it is this one that runs. Null: whichever it is.</param>
    Task Cancel(int? turn = null);

    /// <summary>
    /// The reader went away: the running turn gives its blocks back before the next step. The next <see cref="Read"/> takes it up
    /// again with the same tokens; without one within the retention time it is cancelled.
    /// </summary>
    [AlwaysInterleave, Alias("Park")]
    /// <param name="turn">Only if it is this one that runs. Null: whichever it is.</param>
    Task Park(int? turn = null);

    /// <summary>The turn that runs or ended last.</summary>
    /// <exception cref="InferenceException">There is no such conversation.</exception>
    [AlwaysInterleave, Alias("GetTurn")]
    Task<TurnInfo> GetTurn();

    /// <summary>A turn by its number.</summary>
    /// <exception cref="InferenceException">There is no such turn.</exception>
    [AlwaysInterleave, Alias("GetTurnByNumber")]
    Task<TurnInfo> GetTurn(int turn);

    /// <summary>
    /// Forgets a turn, and ends it if it runs; its items stay. When no turn is left of a conversation that is not named, all of it goes.
    /// </summary>
    /// <exception cref="InferenceException">There is no such turn.</exception>
    [Alias("DeleteTurn")]
    Task DeleteTurn(int turn);

    /// <summary>Makes a conversation that has no turn yet. The first <see cref="Start"/> makes one too, without a name.</summary>
    /// <exception cref="InferenceException">It exists already, or a limit is exceeded.</exception>
    [Alias("Create")]
    Task<ConversationInfo> Create(NewConversation conversation);

    /// <exception cref="InferenceException">There is no such conversation.</exception>
    [AlwaysInterleave, Alias("GetInfo")]
    Task<ConversationInfo> GetInfo();

    /// <summary>Replaces the metadata, also while a turn runs.</summary>
    /// <exception cref="InferenceException">There is no such conversation, or a limit is exceeded.</exception>
    [Alias("SetMetadata")]
    Task<ConversationInfo> SetMetadata(IReadOnlyDictionary<string, string> metadata);

    /// <summary>Adds items behind those it has.</summary>
    /// <param name="messages">At least one.</param>
    /// <param name="request">
    /// Names this request, so that it may be made again when its reply was lost: the second time adds nothing and returns what the first
    /// did. Of the last 64 requests of a conversation.
    /// </param>
    /// <exception cref="InferenceException">
    /// There is no such conversation, a turn of it is running, or a limit is exceeded.
    /// </exception>
    [Alias("AddItems")]
    Task<IReadOnlyList<ConversationItem>> AddItems(IReadOnlyList<ChatMessage> messages, Guid request);

    /// <summary>Deletes an item: prompts of later turns are without it.</summary>
    /// <exception cref="InferenceException">There is no such item, or a turn is running.</exception>
    [Alias("DeleteItem")]
    Task DeleteItem(long number);

    /// <summary>The items of turns that have ended and those added by hand.</summary>
    /// <param name="after">The first item is the next behind the one of this number, in the order asked for; null: the first.</param>
    /// <param name="limit">Most items of the page, 1 to 1,000.</param>
    /// <param name="descending">The latest first.</param>
    /// <param name="throughTurn">
    /// Only the input of this turn, which may be running, and what stands before it. Null: all.
    /// </param>
    /// <exception cref="InferenceException">There is no such conversation or turn.</exception>
    [AlwaysInterleave, Alias("GetItems")]
    Task<ItemPage> GetItems(long? after, int limit, bool descending, int? throughTurn);

    [AlwaysInterleave, Alias("GetHistory")]
    Task<ConversationHistory> GetHistory();

    /// <summary>Ends the running turn and forgets the conversation.</summary>
    [Alias("Delete")]
    Task Delete();
}
