using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>What a conversation holds beside its running turn: items, metadata, the turns before.</summary>
sealed partial class ConversationGrain
{
    public async Task<ConversationInfo> Create(NewConversation conversation)
    {
        ThrowIfLeaving();
        await ForgetIfExpired();
        if (State.Exists) throw Refusal.Exists();
        ItemRules.CheckMetadata(conversation.Metadata);
        ItemRules.CheckItems(conversation.Items, State.Items);
        ItemRules.CheckRetention(conversation.Retention);
        var now = _time.GetUtcNow();
        await Write(new ConversationCreated
        {
            Created = now,
            Named = conversation.Named,
            Metadata = conversation.Metadata.ToDictionary(),
            Items = conversation.Items.ToArray(),
            ExpiresAt = conversation.Named ? null : now + conversation.Retention,
        });
        return State.Info;
    }

    public Task<ConversationInfo> GetInfo()
    {
        ThrowIfMissing();
        return Task.FromResult(State.Info);
    }

    public async Task<ConversationInfo> SetMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        ThrowIfMissing();
        ItemRules.CheckMetadata(metadata);
        await Write(new MetadataSet(metadata.ToDictionary()));
        return State.Info;
    }

    public async Task<IReadOnlyList<ConversationItem>> AddItems(IReadOnlyList<ChatMessage> messages, Guid request)
    {
        ThrowIfMissing();
        if (State.Items.AddedBy(request) is { } already) return already;
        await ThrowIfRunning();
        if (State.IsRaw) throw Refusal.Raw();
        if (messages.Count == 0) throw Refusal.Invalid("There is no item to add.", "items");
        ItemRules.CheckItems(messages, State.Items);
        await Write(new ItemsAdded(messages.ToArray(), request));
        return State.Items.AddedBy(request)!;
    }

    public async Task DeleteItem(long number)
    {
        ThrowIfMissing();
        await ThrowIfRunning();
        if (!State.Items.Has(number)) throw Refusal.NoItem(number);
        await Write(new ItemDeleted(number));
    }

    public async Task<ItemPage> GetItems(long? after, int limit, bool descending, int? throughTurn)
    {
        ThrowIfMissing();
        ItemRules.CheckPage(limit);
        await EndIsWritten();
        var end = throughTurn is { } turn ? InfoOf(turn).AnswerItem : State.EndOfItems;
        return State.Items.Page(after, limit, descending, end);
    }

    public async Task<TurnInfo> GetTurn(int turn)
    {
        ThrowIfMissing();
        await EndIsWritten();
        return InfoOf(turn);
    }

    public async Task DeleteTurn(int turn)
    {
        ThrowIfMissing();
        InfoOf(turn);
        if (State.IsRunning && turn == State.NumTurns - 1) await Cancel(turn);
        if (InfoOf(turn).EndSeq is null) throw Refusal.Moving();
        if (!State.Named && State.IsLastLeft(turn)) await Delete();
        else await Write(new TurnDeleted(turn));
    }

    async Task Write(ConversationEvent @event)
    {
        if (!await Commit(@event)) throw NotAccepted();
    }

    /// <summary>All tokens of a turn are there, and its answer is about to become an item.</summary>
    async Task EndIsWritten()
    {
        if (State.Turn is { IsFinished: true, Ended: false }) await _work;
    }

    async Task ThrowIfRunning()
    {
        await EndIsWritten();
        if (State.IsRunning) throw Refusal.Busy();
    }

    TurnInfo InfoOf(int turn) => State.InfoOf(turn) ?? throw Refusal.NoTurn(turn);
}
