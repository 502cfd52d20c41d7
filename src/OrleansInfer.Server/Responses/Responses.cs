using Orleans.Runtime;
using OrleansInfer.Abstractions;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// Starts and finds responses. Each is a turn of a conversation: of the one that was named; of that of the previous response, where this is
/// its last turn; otherwise of a new one, which begins with the history where there is one.
/// </summary>
internal sealed class Responses(
    StoredConversations conversations, ServerOptions options, Takeover takeover, IHostApplicationLifetime lifetime)
{
    public async Task<Response> Start(ResponseCall call, string tenant)
    {
        var request = call.Turn with
        {
            Messages = await conversations.Resolve(call.Input, tenant),
            Retention = call.Stored ? options.ResponseRetention : options.Retention,
            ReadWithin = call.Background ? null : ConversationReader.ReadWithin,
        };
        call = call with { Turn = request };
        if (call.Conversation is { } conversation) return await Join(conversation, call, tenant);
        return call.Previous is { } previous ? await Follow(previous, call, tenant) : await Begin(call, tenant);
    }

    /// <param name="unstored">Also one that is not stored, for as long as completions are kept: to resume its stream, or to end it.</param>
    /// <exception cref="ApiException">There is no such response, or it is no longer kept.</exception>
    public async Task<Response> Find(string? id, string tenant, bool unstored = false)
    {
        if (ResponseId.TryParse(id, out var parsed) && await Find(parsed, tenant) is { } response && (response.Settings.Stored || unstored))
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
            return Open(id, tenant, grain, await Await(() => grain.GetTurn(id.Turn)));
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            return null;
        }
    }

    /// <summary>In a conversation of its own.</summary>
    async Task<Response> Begin(ResponseCall call, string tenant)
    {
        RequestContext.Set(ConversationKey.PrefixContextKey, PromptPrefix.KeysOf(tenant, call.Turn));
        try
        {
            return await StartIn(ConversationId.Of(call.Request), call, tenant, after: -1);
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationMoved)
        {
            throw new ApiException(ApiError.From(e) with { Message = "The Idempotency-Key was used for another request; take a new one." });
        }
    }

    async Task<Response> Join(ConversationId conversation, ResponseCall call, string tenant)
    {
        await conversations.Find(conversation, tenant);
        try
        {
            return await StartIn(conversation, call, tenant, after: null);
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationBusy)
        {
            var running = new ResponseId(conversation, (await conversations.Find(conversation, tenant)).Turns - 1);
            throw new InferenceException(
                e.Error, $"Response '{running}' of this conversation is running: read it to its end, or delete it.");
        }
    }

    async Task<Response> Follow(ResponseId id, ResponseCall call, string tenant)
    {
        if (await Find(id, tenant) is not { Settings.Stored: true } previous) throw new ApiException(NoPrevious(id.ToString()));
        if (previous.Turn.EndSeq is null)
            throw new InferenceException(
                InferenceError.ConversationBusy, $"Response '{id}' is still running: it can be followed once it has ended.");
        // What is not stored must not shorten the life of a chain that is; and a named conversation has only the turns that name it.
        if (!call.Stored || previous.Settings.InConversation) return await Branch(previous, call, tenant);
        try
        {
            return await StartIn(id.Conversation, call, tenant, after: id.Turn);
        }
        catch (InferenceException e) when (e.Error is InferenceError.ConversationMoved or InferenceError.ConversationBusy)
        {
            return await Branch(previous, call, tenant);
        }
    }

    /// <summary>In a new conversation, which begins with the history of another as it was behind a turn.</summary>
    async Task<Response> Branch(Response previous, ResponseCall call, string tenant)
    {
        var history = await conversations.GetMessages(previous.Id.Conversation, tenant, previous.Turn.AnswerItem);
        return await Begin(call with { Turn = call.Turn with { Messages = [.. history, .. call.Turn.Messages!] } }, tenant);
    }

    /// <summary>One request must not begin two turns, however often it is made.</summary>
    async Task<Response> StartIn(ConversationId conversation, ResponseCall call, string tenant, int? after)
    {
        var grain = conversations.GrainOf(conversation, tenant);
        var request = call.Turn with { AfterTurn = after };
        var again = call.Repeatable;
        var turn = await Await(async () =>
        {
            // Of a call that was lost nobody knows whether it was heard.
            if (again && await StartedBy(request, grain) is { } begun) return begun;
            again = true;
            return await Start(request, grain);
        });
        return Open(new(conversation, turn.Turn), tenant, grain, turn)!;
    }

    static async Task<TurnInfo> Start(TurnRequest request, IConversationGrain grain)
    {
        try
        {
            return await grain.Start(request);
        }
        catch (InferenceException e) when (e.Error is InferenceError.ConversationMoved or InferenceError.ConversationBusy)
        {
            // What stands in the way may be what this very request has begun.
            if (await StartedBy(request, grain) is { } begun) return begun;
            throw;
        }
    }

    static async Task<TurnInfo?> StartedBy(TurnRequest request, IConversationGrain grain)
    {
        try
        {
            return await grain.GetTurn() is var last && last.Tag == request.Tag ? last : null;
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            return null;
        }
    }

    Task<T> Await<T>(Func<Task<T>> call) => takeover.Await(call, lifetime.ApplicationStopping);

    static Response? Open(ResponseId id, string tenant, IConversationGrain grain, TurnInfo turn) =>
        ResponseSettings.FromTag(turn.Tag) is { } settings
            ? new Response(id, id.Conversation.KeyOf(tenant), grain, turn, settings) : null;

    static string? Shown(string? id) => id is { Length: > 64 } ? id[..64] : id;
}
