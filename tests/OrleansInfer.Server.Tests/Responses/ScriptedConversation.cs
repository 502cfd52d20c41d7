using Orleans.Runtime;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

/// <summary>A conversation whose tokens are known; it hands them out in pages of a size, and fails as often as it is told.</summary>
internal sealed class ScriptedConversation(IReadOnlyList<TokenEvent> events, int pageSize = 1, int failures = 0) : IConversationGrain
{
    int _failures = failures;

    /// <summary>The turn when it had ended.</summary>
    public TurnInfo? Ended { get; init; }

    /// <summary>More tokens are to come.</summary>
    public bool Running { get; init; }

    public static readonly TurnInfo Turn = new()
    {
        Model = "tiny", FirstSeq = 0, Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), Seed = 1, SystemFingerprint = "fp",
            PromptTokens = 3, N = 1,
    };

    public Task<TokenPage> Read(long fromSeq, int waitMs, CancellationToken cancellationToken = default)
    {
        if (_failures-- > 0) throw new SiloUnavailableException("gone");
        var page = events.Skip((int)fromSeq).Take(pageSize).ToList();
        var done = !Running && fromSeq + page.Count == events.Count;
        return Task.FromResult(new TokenPage { Events = page, Done = done, Usage = done ? new TurnUsage(3, events.Count, 2) : null });
    }

    public Task<TurnInfo> Start(TurnRequest request) => throw new NotSupportedException();
    public Task Cancel(int? turn) => throw new NotSupportedException();
    public Task Park(int? turn) => throw new NotSupportedException();
    public Task<TurnInfo> GetTurn() => throw new NotSupportedException();
    public Task<ConversationHistory> GetHistory() => throw new NotSupportedException();
    public Task Delete() => throw new NotSupportedException();
    public Task<TurnInfo> GetTurn(int turn) => Task.FromResult(Ended ?? throw new NotSupportedException());
    public Task DeleteTurn(int turn) => throw new NotSupportedException();
    public Task<ConversationInfo> Create(NewConversation conversation) => throw new NotSupportedException();
    public Task<ConversationInfo> GetInfo() => throw new NotSupportedException();
    public Task<ConversationInfo> SetMetadata(IReadOnlyDictionary<string, string> metadata) => throw new NotSupportedException();
    public Task<IReadOnlyList<ConversationItem>> AddItems(IReadOnlyList<ChatMessage> messages, Guid request) =>
        throw new NotSupportedException();
    public Task DeleteItem(long number) => throw new NotSupportedException();
    public Task<ItemPage> GetItems(long? after, int limit, bool descending, int? throughTurn) => throw new NotSupportedException();
}
