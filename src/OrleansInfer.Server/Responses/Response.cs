using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A turn of a conversation as the Responses API shows it.</summary>
internal sealed record Response(ResponseId Id, string Key, IConversationGrain Grain, TurnInfo Turn, ResponseSettings Settings)
    : ConversationTurn(Key, Grain, Turn)
{
    /// <summary>Of the message that the answer is.</summary>
    public string ItemId { get; } = Id.Conversation.ItemId(ItemKind.Message, Turn.AnswerItem);
}
