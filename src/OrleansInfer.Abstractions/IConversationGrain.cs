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
    Task Cancel();

    /// <summary>
    /// The reader went away: the running turn gives its blocks back before the next step. The next <see cref="Read"/> takes it up
    /// again with the same tokens; without one within the retention time it is cancelled.
    /// </summary>
    [AlwaysInterleave, Alias("Park")]
    Task Park();

    /// <summary>The turn that runs or ended last.</summary>
    /// <exception cref="InferenceException">There is no such conversation.</exception>
    [AlwaysInterleave, Alias("GetTurn")]
    Task<TurnInfo> GetTurn();

    [AlwaysInterleave, Alias("GetHistory")]
    Task<ConversationHistory> GetHistory();

    /// <summary>Ends the running turn and forgets the conversation.</summary>
    [Alias("Delete")]
    Task Delete();
}
