using Orleans.Runtime;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client.Tests;

/// <summary>The wire in front of a <see cref="FakeConversation"/>.</summary>
internal sealed class FakeConversationGrain(FakeConversations all) : Grain, IConversationGrain
{
    FakeConversation Conversation
    {
        get
        {
            var conversation = all[this.GetPrimaryKeyString()];
            lock (conversation.Tenants) conversation.Tenants.Add(RequestContext.Get(ConversationKey.TenantContextKey) as string ?? "");
            conversation.Answer ??= all.Answer;
            return conversation;
        }
    }

    public Task<TurnInfo> Start(TurnRequest request) => Task.FromResult(Conversation.Start(request));

    public Task<TokenPage> Read(long fromSeq, int waitMs, CancellationToken cancellationToken = default) =>
        Conversation.ReadAsync(fromSeq, waitMs, cancellationToken);

    public Task Cancel(int? turn)
    {
        Conversation.Cancel();
        return Task.CompletedTask;
    }

    public Task<TurnInfo> GetTurn() => Task.FromResult(Conversation.Turn());

    public Task Park(int? turn) => throw new NotSupportedException("A client never parks.");

    public Task<ConversationHistory> GetHistory() => throw new NotSupportedException("Not asked for by the client.");

    public Task Delete() => throw new NotSupportedException("Not asked for by the client.");

    public Task<TurnInfo> GetTurn(int turn) => throw new NotSupportedException("Not asked for by the client.");

    public Task DeleteTurn(int turn) => throw new NotSupportedException("Not asked for by the client.");

    public Task<ConversationInfo> Create(NewConversation conversation) => throw new NotSupportedException("Not asked for by the client.");

    public Task<ConversationInfo> GetInfo() => throw new NotSupportedException("Not asked for by the client.");

    public Task<ConversationInfo> SetMetadata(IReadOnlyDictionary<string, string> metadata) =>
        throw new NotSupportedException("Not asked for by the client.");

    public Task<IReadOnlyList<ConversationItem>> AddItems(IReadOnlyList<ChatMessage> messages, Guid request) =>
        throw new NotSupportedException("Not asked for by the client.");

    public Task DeleteItem(long number) => throw new NotSupportedException("Not asked for by the client.");

    public Task<ItemPage> GetItems(long? after, int limit, bool descending, int? throughTurn) =>
        throw new NotSupportedException("Not asked for by the client.");
}
