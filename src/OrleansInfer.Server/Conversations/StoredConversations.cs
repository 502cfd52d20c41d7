using Orleans.Runtime;
using OrleansInfer.Abstractions;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// The conversations that callers know by their ids. Every call is made again while a silo that died is being replaced, and none changes
/// anything twice.
/// </summary>
internal sealed class StoredConversations(IGrainFactory grains, Takeover takeover, IHostApplicationLifetime lifetime)
{
    /// <summary>Most items that a conversation shows at once.</summary>
    const int LongestPage = 1_000;

    public IConversationGrain GrainOf(ConversationId id, string tenant) => grains.GetGrain<IConversationGrain>(id.KeyOf(tenant));

    /// <summary>Makes a conversation.</summary>
    /// <param name="request">Made again, it finds the same conversation.</param>
    public async Task<(ConversationId Id, ConversationInfo Info)> Create(NewConversation conversation, string tenant, Guid request)
    {
        var id = ConversationId.Of(request);
        var grain = GrainOf(id, tenant);
        RequestContext.Set(
            ConversationKey.PrefixContextKey, PromptPrefix.KeysOf(tenant, new TurnRequest { Messages = conversation.Items }));
        return (id, await Await(MakeOrFind));

        async Task<ConversationInfo> MakeOrFind()
        {
            try
            {
                return await grain.Create(conversation);
            }
            catch (InferenceException e) when (e.Error == InferenceError.ConversationExists)
            {
                return await grain.GetInfo(); // Nobody else has this id: it was this very request, and its reply was lost.
            }
        }
    }

    /// <exception cref="InferenceException">There is none, or nobody named it: it is a chain of responses.</exception>
    public async Task<ConversationInfo> Find(ConversationId id, string tenant)
    {
        var info = await Await(GrainOf(id, tenant).GetInfo);
        return info.Named ? info : throw NotFound($"There is no conversation '{id}' here.");
    }

    public Task<ConversationInfo> SetMetadata(ConversationId id, string tenant, IReadOnlyDictionary<string, string> metadata) =>
        Await(() => GrainOf(id, tenant).SetMetadata(metadata));

    public Task Delete(ConversationId id, string tenant) => DeleteAgain(GrainOf(id, tenant).Delete);

    /// <summary>Ends a turn if it runs.</summary>
    public Task CancelTurn(ConversationId id, string tenant, int turn) =>
        takeover.Await(() => GrainOf(id, tenant).Cancel(turn), lifetime.ApplicationStopping);

    public Task DeleteTurn(ConversationId id, string tenant, int turn) => DeleteAgain(() => GrainOf(id, tenant).DeleteTurn(turn));

    /// <param name="request">Made again, it finds the items that it has added.</param>
    public Task<IReadOnlyList<ConversationItem>> AddItems(
        ConversationId id, string tenant, IReadOnlyList<ChatMessage> items, Guid request) =>
        Await(() => GrainOf(id, tenant).AddItems(items, request));

    /// <param name="throughTurn">Only the input of this turn and what stands before it; null: all.</param>
    public Task<ItemPage> GetItems(
        ConversationId id, string tenant, long? after, int limit, bool descending, int? throughTurn = null) =>
        Await(() => GrainOf(id, tenant).GetItems(after, limit, descending, throughTurn));

    /// <summary>The messages of all items up to a number, this included.</summary>
    public async Task<IReadOnlyList<ChatMessage>> GetMessages(ConversationId id, string tenant, long last)
    {
        var items = new List<ConversationItem>();
        for (var more = true; more;)
        {
            var page = await GetItems(id, tenant, items.Count == 0 ? null : items[^1].Number, LongestPage, descending: false);
            items.AddRange(page.Items);
            more = page.HasMore && items[^1].Number < last;
        }
        return [.. items.TakeWhile(item => item.Number <= last).Select(item => item.Message)];
    }

    /// <exception cref="InferenceException">There is no such item.</exception>
    public async Task<ConversationItem> GetItem(ConversationId id, string tenant, long number)
    {
        var page = await GetItems(id, tenant, number - 1, 1, descending: false);
        return page.Items is [var item] && item.Number == number ? item : throw NotFound($"The conversation '{id}' has no such item.");
    }

    public async Task DeleteItem(ConversationId id, string tenant, long number)
    {
        await GetItem(id, tenant, number);
        await DeleteAgain(() => GrainOf(id, tenant).DeleteItem(number));
    }

    /// <summary>The messages of a request, with those it only refers to.</summary>
    /// <exception cref="ApiException">One that it refers to is not there.</exception>
    public async Task<IReadOnlyList<ChatMessage>> Resolve(IReadOnlyList<InputItem> items, string tenant)
    {
        var messages = new List<ChatMessage>(items.Count);
        foreach (var item in items) messages.Add(item.Message ?? await Resolve(item, tenant));
        return messages;
    }

    async Task<ChatMessage> Resolve(InputItem item, string tenant)
    {
        try
        {
            if (ConversationId.TryParseItem(item.Reference, out var id, out var number))
                return (await GetItem(id, tenant, number)).Message;
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            // As if it never was.
        }
        var refusal = ApiError.NotFound($"There is no item '{Shorten(item.Reference!)}' here.");
        throw new ApiException(refusal with { Param = $"{item.Path}.id" });
    }

    Task<T> Await<T>(Func<Task<T>> call) => takeover.Await(call, lifetime.ApplicationStopping);

    /// <summary>Where the reply of a deletion is lost, the next one finds nothing.</summary>
    Task DeleteAgain(Func<Task> delete)
    {
        var calls = 0;
        return Await(async () =>
        {
            try
            {
                calls++;
                await delete();
            }
            catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound && calls > 1)
            {
                // It is done.
            }
            return true;
        });
    }

    static InferenceException NotFound(string message) => new(InferenceError.ConversationNotFound, message);

    static string Shorten(string id) => id.Length <= 64 ? id : id[..64];
}
