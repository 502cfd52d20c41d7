namespace OrleansInfer.Grains;

/// <summary>One write to the journal. Writes of one group are applied in their order, in one transaction.</summary>
public abstract record JournalWrite
{
    /// <summary>1 or more: done. 0: nothing was changed; for an append that means that another writer holds this position.</summary>
    internal TaskCompletionSource<int> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// Appends events of a conversation. It stands at <paramref name="Seq"/>, the number of events before it, and is written only if the
/// journal of this conversation ends exactly there: this is the fence against a second writer.
/// </summary>
/// <param name="Id">The conversation.</param>
/// <param name="Seq">Number of events before this append.</param>
/// <param name="Count">Number of events in <paramref name="Data"/>; at least 1.</param>
/// <param name="Data">The events, serialized.</param>
/// <param name="Mark">What the append makes of the conversation's row; null leaves it as it is.</param>
public sealed record JournalAppend(string Id, long Seq, int Count, byte[] Data, ConversationMark? Mark = null) : JournalWrite;

/// <summary>Forgets a conversation: its row and all its events.</summary>
public sealed record JournalDelete(string Id) : JournalWrite;

/// <summary>Forgets conversations that have no running turn and whose time ended at or before <paramref name="Now"/>, the oldest
/// first.</summary>
public sealed record JournalExpire(DateTimeOffset Now, int Limit) : JournalWrite;
