using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>An answer under way or finished: its id on the wire, and a conversation for each of its prompts.</summary>
internal sealed record Completion(string Id, IReadOnlyList<Conversation> Conversations)
{
    /// <summary>All conversations of a completion were started by one request.</summary>
    public TurnInfo Turn => Conversations[0].Turn;

    public ResponseFormat Format => Conversations[0].Format;

    /// <summary>OpenAI numbers choices through all prompts.</summary>
    public int IndexOf(int prompt, int choice) => prompt * Turn.N + choice;
}

/// <summary>One of its prompts.</summary>
internal sealed record Conversation(string Key, IConversationGrain Grain, TurnInfo Turn, ResponseFormat Format)
    : ConversationTurn(Key, Grain, Turn);
