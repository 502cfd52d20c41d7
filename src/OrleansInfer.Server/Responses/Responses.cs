using Orleans.Runtime;
using OrleansInfer.Abstractions;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// Starts and finds responses. Each is a turn of a conversation: of the one that was named; of that of the previous response, where this is
/// its last turn; otherwise of a new one, which begins with the history where there is one.
/// </summary>
internal sealed class Responses(
    IGrainFactory grains, ServerOptions options, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Most items that are asked for at once.</summary>
    const int PageSize = 1000;

    readonly Takeover _takeover = new(time);

    public Task<Response> Start(ResponseCall call, string tenant)
    {
        call = call with { Turn = call.Turn with { Retention = call.Stored ? options.ResponseRetention : options.Retention } };
        return call switch
        {
            { Conversation: { } conversation } => Join(conversation, call, tenant),
            { Previous: { } previous } => Follow(previous, call, tenant),
            _ => Begin(call.Turn, tenant),
        };
    }

    /// <param name="resumed">For a stream: one goes on also where nothing is stored, for as long as completions do.</param>
    /// <exception cref="ApiException">There is no such response, or it is no longer kept.</exception>
    public async Task<Response> Find(string id, string tenant, bool resumed = false)
    {
        if (ResponseId.TryParse(id) is not { } parsed || await Find(parsed, tenant) is not { } response
            || !(response.Settings.Stored || resumed))
            throw new ApiException(ApiError.NotFound($"Response with id '{Shown(id)}' not found: there is none, or it is no longer kept."));
        return response;
    }

    public static ApiError NoPrevious(string id) => new(StatusCodes.Status400BadRequest,
        $"Previous response with id '{Shown(id)}' not found: there is none, it was not stored, or it is no longer kept.",
        "invalid_request_error", "previous_response_id", "previous_response_not_found");

    async Task<Response?> Find(ResponseId id, string tenant)
    {
        var grain = GrainOf(id.Conversation, tenant);
        try
        {
            return Open(id, tenant, grain, await _takeover.Await(() => grain.GetTurn(id.Turn), lifetime.ApplicationStopping));
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            return null;
        }
    }

    /// <summary>A conversation of its own.</summary>
    Task<Response> Begin(TurnRequest request, string tenant) => Takeover.StartAgain(async () =>
    {
        var id = ResponseId.New();
        var grain = GrainOf(id.Conversation, tenant);
        RequestContext.Set(ConversationKey.PrefixContextKey, PromptPrefix.KeysOf(tenant, request));
        return Open(id, tenant, grain, await grain.Start(request))!;
    });

    async Task<Response> Join(string conversation, ResponseCall call, string tenant)
    {
        var grain = GrainOf(conversation, tenant);
        if (await IsNamed(grain)) return await StartIn(conversation, grain, call.Turn, tenant);
        throw new ApiException(ApiError.NotFound($"Conversation with id '{ResponseId.ConversationId(conversation)}' not found.")
            with { Param = "conversation" });
    }

    async Task<bool> IsNamed(IConversationGrain grain)
    {
        try
        {
            return (await _takeover.Await(grain.GetInfo, lifetime.ApplicationStopping)).Named;
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            return false;
        }
    }

    async Task<Response> Follow(ResponseId id, ResponseCall call, string tenant)
    {
        if (await Find(id, tenant) is not { Settings.Stored: true } previous) throw new ApiException(NoPrevious(id.ToString()));
        if (previous.Turn.EndSeq is null)
            throw new InferenceException(
                InferenceError.ConversationBusy, $"Response '{id}' is still running: it can be followed once it has ended.");
        // What is not stored must not lengthen a chain that is, and a chain that follows a conversation is none of its turns.
        if (!call.Stored || previous.Settings.InConversation) return await Branch(previous, call.Turn, tenant);
        try
        {
            return await StartIn(id.Conversation, previous.Grain, call.Turn with { AfterTurn = id.Turn }, tenant);
        }
        catch (InferenceException e) when (e.Error is InferenceError.ConversationMoved or InferenceError.ConversationBusy)
        {
            return await Branch(previous, call.Turn, tenant);
        }
    }

    /// <summary>A new conversation that begins with the history of another as it was behind a turn.</summary>
    async Task<Response> Branch(Response previous, TurnRequest request, string tenant) =>
        await Begin(request with { Messages = [.. await History(previous), .. request.Messages!] }, tenant);

    async Task<IEnumerable<ChatMessage>> History(Response response)
    {
        var items = new List<ConversationItem>();
        for (ItemPage? page = null; page is not { HasMore: false };)
        {
            var after = items.Count == 0 ? (long?)null : items[^1].Number;
            page = await _takeover.Await(
                () => response.Grain.GetItems(after, PageSize, descending: false, throughTurn: null), lifetime.ApplicationStopping);
            items.AddRange(page.Items);
        }
        return items.TakeWhile(item => item.Number <= response.Turn.AnswerItem).Select(item => item.Message);
    }

    /// <summary>The next turn of a conversation that exists: the same request must not begin two.</summary>
    async Task<Response> StartIn(string conversation, IConversationGrain grain, TurnRequest request, string tenant)
    {
        var asked = false;
        var turn = await Takeover.StartAgain(async () =>
        {
            if (asked && await LastTurn(grain) is { } last && last.Tag == request.Tag) return last; // It was accepted, and the answer lost.
            asked = true;
            return await grain.Start(request);
        });
        return Open(new(conversation, turn.Turn), tenant, grain, turn)!;
    }

    async Task<TurnInfo?> LastTurn(IConversationGrain grain)
    {
        try
        {
            return await _takeover.Await(() => grain.GetTurn(), lifetime.ApplicationStopping);
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            return null;
        }
    }

    IConversationGrain GrainOf(string conversation, string tenant) =>
        grains.GetGrain<IConversationGrain>(ResponseId.KeyOf(tenant, conversation));

    static Response? Open(ResponseId id, string tenant, IConversationGrain grain, TurnInfo turn) =>
        ResponseSettings.FromTag(turn.Tag) is { } settings
            ? new Response(id, ResponseId.KeyOf(tenant, id.Conversation), grain, turn, settings) : null;

    static string Shown(string id) => id.Length <= 64 ? id : id[..64];
}
