using System.Globalization;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>/v1/responses: start, look, resume, cancel, delete.</summary>
internal sealed class ResponseEndpoints(
    Responses responses, StoredConversations conversations, ConversationReader reader, LiveStreams streams, ModelCard model,
    IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/responses", Create);
        routes.MapGet("/v1/responses/{id}", Get);
        routes.MapPost("/v1/responses/{id}/cancel", Cancel);
        routes.MapDelete("/v1/responses/{id}", Delete);
        routes.MapGet("/v1/responses/{id}/input_items", ListInput);
    }

    async Task Create(HttpContext http)
    {
        ResponseCall call;
        using (var body = await RequestBody.Read(http)) call = ResponseRequest.Parse(body.RootElement, model, IdempotencyKey.Of(http));
        call = call with { Repeatable = IdempotencyKey.IsGiven(http) };
        using var span = GenerationSpan.Start("chat", [call.Asked], http.Connection);
        try
        {
            var response = await responses.Start(call, ApiKeys.TenantOf(http));
            span?.Started(response.Id.ToString(), response.Turn.Model);
            if (call.Stream) await Stream(http, response, -1, span);
            else if (call.Background) await Write(http, response, span);
            else await Answer(http, response, call.Repeatable, span);
        }
        catch (Exception e)
        {
            span?.Fail(e.GetType().Name, e.Message);
            if (e is InferenceException fault) throw new ApiException(Describe(fault));
            throw;
        }
    }

    /// <summary>GET …/{id}: the response as far as it has come; ?stream=true: its events behind ?starting_after=.</summary>
    async Task Get(HttpContext http)
    {
        PageQuery.CheckInclude(http.Request.Query);
        var stream = Flag(http, "stream");
        var response = await responses.Find(IdOf(http), ApiKeys.TenantOf(http), unstored: stream);
        if (stream) await Stream(http, response, StartingAfter(http), null);
        else await Write(http, response, null);
    }

    async Task Cancel(HttpContext http)
    {
        var tenant = ApiKeys.TenantOf(http);
        var response = await responses.Find(IdOf(http), tenant);
        if (!response.Settings.Background)
            throw new ApiException(ApiError.Invalid(
                "Only a response that was made with 'background' can be cancelled; another one waits when its stream is closed, and ends "
                + "when it is deleted.", null));
        if (response.Turn.EndSeq is null) await conversations.CancelTurn(response.Id.Conversation, tenant, response.Id.Turn);
        await Write(http, response, null);
    }

    async Task Delete(HttpContext http)
    {
        var tenant = ApiKeys.TenantOf(http);
        var response = await responses.Find(IdOf(http), tenant, unstored: true);
        await conversations.DeleteTurn(response.Id.Conversation, tenant, response.Id.Turn);
        await JsonResponse.Write(http, json =>
        {
            json.WriteString(JsonNames.Id, response.Id.ToString());
            json.WriteString(JsonNames.Object, "response");
            json.WriteBoolean("deleted", true);
        });
    }

    /// <summary>What the model was given, instructions aside: the input of this response and all that stands before it.</summary>
    async Task ListInput(HttpContext http)
    {
        var tenant = ApiKeys.TenantOf(http);
        var id = (await responses.Find(IdOf(http), tenant)).Id;
        var (after, limit, descending) = PageQuery.Read(http.Request.Query, id.Conversation);
        var page = await conversations.GetItems(id.Conversation, tenant, after, limit, descending, id.Turn);
        await JsonResponse.Write(http, json => ItemListJson.WriteFields(json, id.Conversation, page));
    }

    // In the background it goes on by itself; otherwise it waits for its reader, as completions do.
    Task Stream(HttpContext http, Response response, long seen, GenerationSpan? span) => streams.Write(
        http, response.Settings.Background ? [] : [response],
        cancellation => new StreamedResponse(response, seen, span).Write(http.Response, reader, cancellation),
        (error, cancellation) => StreamedResponse.WriteError(http.Response, error, cancellation));

    /// <summary>As far as it has come.</summary>
    async Task Write(HttpContext http, Response response, GenerationSpan? span)
    {
        var answer = new WholeResponse(response, span);
        await answer.Read(reader, wait: false, http.RequestAborted);
        await answer.Write(http.Response, http.RequestAborted);
    }

    async Task Answer(HttpContext http, Response response, bool repeatable, GenerationSpan? span)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var answer = new WholeResponse(response, span);
        try
        {
            await answer.Read(reader, wait: true, ended.Token);
            await answer.Write(http.Response, ended.Token);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody knows its id, so nobody can come back for it, unless the request is made again.
            await LiveStreams.Forsake(repeatable ? response.Grain.Park(response.Id.Turn) : response.Grain.Cancel(response.Id.Turn));
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new ApiException(ApiError.Unavailable("The server is going down; try again."));
        }
    }

    /// <summary>A conversation knows its input as messages; callers of this API as input.</summary>
    static ApiError Describe(InferenceException fault) =>
        ApiError.From(fault) is { Param: "messages" or "prompt" } error ? error with { Param = "input" } : ApiError.From(fault);

    static bool Flag(HttpContext http, string name) => http.Request.Query[name].ToString() switch
    {
        "" or "false" => false,
        "true" => true,
        _ => throw new ApiException(ApiError.Invalid($"'{name}' must be true or false.", name, "invalid_type")),
    };

    static long StartingAfter(HttpContext http)
    {
        var text = http.Request.Query["starting_after"].ToString();
        if (text.Length == 0) text = http.Request.Headers["Last-Event-ID"].ToString();
        if (text.Length == 0) return -1;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seen) && seen >= -1 ? seen
            : throw new ApiException(ApiError.Invalid(
                "'starting_after' must be the sequence_number of an event of this stream.", "starting_after"));
    }

    static string IdOf(HttpContext http) => (string)http.GetRouteValue("id")!;
}
