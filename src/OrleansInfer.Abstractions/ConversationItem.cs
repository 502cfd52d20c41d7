namespace OrleansInfer.Abstractions;

/// <summary>A message that a conversation keeps.</summary>
/// <param name="Number">Its running number in the conversation, from 0; never given twice.</param>
/// <param name="Turn">The turn whose input or answer it is; -1: it was added by hand.</param>
[GenerateSerializer, Immutable, Alias("oi.ConversationItem")]
public sealed record ConversationItem(
    [property: Id(0)] long Number, [property: Id(1)] ChatMessage Message, [property: Id(2)] int Turn)
{
    /// <summary><see cref="Turn"/> of an item that was added by hand.</summary>
    public const int NoTurn = -1;
}
