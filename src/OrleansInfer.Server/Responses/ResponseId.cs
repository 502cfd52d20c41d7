namespace OrleansInfer.Server;

/// <summary>
/// The id of a response names its conversation and its turn, "resp_{digits of the conversation}{number of the turn}": whoever has it finds
/// the turn on any silo.
/// </summary>
internal readonly record struct ResponseId(ConversationId Conversation, int Turn)
{
    const string Prefix = "resp_";

    public static bool TryParse(string? text, out ResponseId id)
    {
        var found = ConversationId.TryParseNumbered(text, Prefix, out var conversation, out var turn) && turn <= int.MaxValue;
        id = found ? new(conversation, (int)turn) : default;
        return found;
    }

    public override string ToString() => Conversation.Numbered(Prefix, Turn);
}
