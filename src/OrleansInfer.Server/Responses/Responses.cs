using Orleans.Runtime;
using OrleansInfer.Abstractions;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// Starts and finds responses. Each is a turn of a conversation: of the one that was named; of that of the previous response, where this is
/// its last turn; otherwise of a new one, which begins with the history where there is one.
/// </summary>
internal sealed class Responses(
    StoredConversations conversations, ServerOptions options, TimeProvider time, IHostApplicationLifetime lifetime)
{
    readonly Takeover _takeover = new(time);

    public async Task<Response> Start(ResponseCall call, string tenant)
    {
        var request = call.Turn with
        {
            Messages = await conversations.Resolve(call.Input, tenant),
            Retention = call.Stored ? options.ResponseRetention : options.Retention,
            ReadWithin = call.Background ? null : ConversationReader.ReadWithin,
        };
        if (call.Conversation is { } conversation) return await Join(conversation, request, tenant);
        return call.Previous is { } previous ? await Follow(previous, request, call.Stored, tenant) : await Begin(request, tenant);
    }

    /// <param name="resumed">For a stream: one goes on also where nothing is stored, for as long as completions do.</param>
    /// <exception cref="ApiException">There is no such response, or it is no longer kept.</exception>
    public async Task<Response> Find(string? id, string tenant, bool resumed = false)
    {
        if (ResponseId.TryParse(id, out var parsed) && await Find(parsed, tenant) is { } response && (response.Settings.Stored || resumed))
            return response;
        throw new ApiException(ApiError.NotFound(
            $"Response with id '{Shown(id)}' not found: there is none, it was not stored, or it is no longer kept."));
    }

    public static ApiError NoPrevious(string id) => new(StatusCodes.Status400BadRequest,
        $"Previous response with id '{Shown(id)}' not found: there is none, it was not stored, or it is no longer kept.",
        "invalid_request_error", "previous_response_id", "previous_response_not_found");

    async Task<Response?> Find(ResponseId id, string tenant)
    {
        var grain = conversations.GrainOf(id.Conversation, tenant);
        try
        {
            return Open(id, tenant, grain, await _takeover.Await(() => grain.GetTurn(id.Turn), lifetime.ApplicationStopping));
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            return null;
        }
    }

    /// <summary>In a conversation of its own.</summary>
    Task<Response> Begin(TurnRequest request, string tenant) => Takeover.StartAgain(async () =>
    {
        var id = ConversationId.New();
        var grain = conversations.GrainOf(id, tenant);
        RequestContext.Set(ConversationKey.PrefixContextKey, PromptPrefix.KeysOf(tenant, request));
        return Open(new(id, 0), tenant, grain, await StartOn(grain, request))!;
    });

    async Task<Response> Join(ConversationId conversation, TurnRequest request, string tenant)
    {
        await conversations.Find(conversation, tenant);
        return await StartIn(conversation, request, tenant);
    }

    async Task<Response> Follow(ResponseId id, TurnRequest request, bool stored, string tenant)
    {
        if (await Find(id, tenant) is not { Settings.Stored: true } previous) throw new ApiException(NoPrevious(id.ToString()));
        if (previous.Turn.EndSeq is null)
            throw new InferenceException(
                InferenceError.ConversationBusy, $"Response '{id}' is still running: it can be followed once it has ended.");
        // What is not stored must not shorten the life of a chain that is; and a named conversation has only the turns that name it.
        if (!stored || previous.Settings.InConversation) return await Branch(previous, request, tenant);
        try
        {
            return await StartIn(id.Conversation, request with { AfterTurn = id.Turn }, tenant);
        }
        catch (InferenceException e) when (e.Error is InferenceError.ConversationMoved or InferenceError.ConversationBusy)
        {
            return await Branch(previous, request, tenant);
        }
    }

    /// <summary>A new conversation that begins with the history of another as it was behind a turn.</summary>
    async Task<Response> Branch(Response previous, TurnRequest request, string tenant)
    {
        var history = await conversations.GetMessages(previous.Id.Conversation, tenant, previous.Turn.AnswerItem);
        return await Begin(request with { Messages = [.. history, .. request.Messages!] }, tenant);
    }

    /// <summary>The next turn of a conversation that exists: one request must not begin two.</summary>
    async Task<Response> StartIn(ConversationId conversation, TurnRequest request, string tenant)
    {
        var grain = conversations.GrainOf(conversation, tenant);
        var asked = false;
        var turn = await Takeover.StartAgain(async () =>
        {
            // Of a call that was lost nobody knows whether it was heard.
            if (asked && await LastTurn(grain) is { } last && last.Tag == request.Tag) return last;
            asked = true;
            return await StartOn(grain, request);
        });
        return Open(new(conversation, turn.Turn), tenant, grain, turn)!;
    }

    Task<TurnInfo> StartOn(IConversationGrain grain, TurnRequest request) =>
        _takeover.AwaitMove(() => grain.Start(request), lifetime.ApplicationStopping);

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

    static Response? Open(ResponseId id, string tenant, IConversationGrain grain, TurnInfo turn) =>
        ResponseSettings.FromTag(turn.Tag) is { } settings
            ? new Response(id, id.Conversation.KeyOf(tenant), grain, turn, settings) : null;

    static string? Shown(string? id) => id is { Length: > 64 } ? id[..64] : id;
}
