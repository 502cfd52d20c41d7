namespace OrleansInfer.Grains;

/// <summary>A conversation whose turn is running on this silo.</summary>
sealed class LocalTurn(ConversationGrain conversation)
{
    public ConversationGrain Conversation => conversation;

    /// <summary>When it was first seen to wait for room, as a timestamp; 0: it does not. Of the one who looks.</summary>
    public long WaitingSince { get; set; }
}
