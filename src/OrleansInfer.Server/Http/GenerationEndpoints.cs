using System.Text.Json;
using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>/v1/chat/completions and /v1/completions: start, resume, delete.</summary>
internal sealed class GenerationEndpoints(
    Completions completions, ConversationReader reader, LiveStreams streams, Takeover takeover, ModelCard model, Tokenizer tokenizer,
    IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/chat/completions", http => Create(http, body => ChatRequest.Parse(body, model)));
        routes.MapPost("/v1/completions", http => Create(
            http, body => CompletionRequest.Parse(body, model, ids => tokenizer.Decode(ids, skipSpecialTokens: false))));
        MapStored(routes, "/v1/chat/completions/{id}", chat: true);
        MapStored(routes, "/v1/completions/{id}", chat: false);
    }

    void MapStored(IEndpointRouteBuilder routes, string path, bool chat)
    {
        routes.MapGet(path + "/events", http => Resume(http, chat));
        routes.MapDelete(path, http => Delete(http, chat));
    }

    async Task Create(HttpContext http, Func<JsonElement, GenerationCall> parse)
    {
        GenerationCall call;
        using (var body = await RequestBody.Read(http)) call = parse(body.RootElement);
        using var span = GenerationSpan.Start(call.Format.Chat ? "chat" : "text_completion", call.Turns, http.Connection);
        try
        {
            var completion = await completions.Start(call, ApiKeys.TenantOf(http));
            span?.Started(completion.Id, completion.Turn.Model);
            if (call.Stream) await Stream(http, completion, Cursor.Start(completion.Conversations.Count), span);
            else await AnswerWhole(http, completion, span);
        }
        catch (Exception e)
        {
            span?.Fail(e.GetType().Name, e.Message);
            throw;
        }
    }

    /// <summary>GET …/{id}/events goes on behind Last-Event-ID (or ?last_event_id=), or begins at the start.</summary>
    async Task Resume(HttpContext http, bool chat)
    {
        var completion = await completions.Find(IdOf(http), chat, ApiKeys.TenantOf(http));
        var prompts = completion.Conversations.Count;
        var last = http.Request.Headers["Last-Event-ID"].ToString();
        if (last.Length == 0) last = http.Request.Query["last_event_id"].ToString();
        var cursor = last.Length == 0 ? Cursor.Start(prompts) : Cursor.Parse(last, prompts);
        await Stream(http, completion, cursor ?? throw new ApiException(ApiError.Invalid(
            "Last-Event-ID must be the id of an event of this stream.", "Last-Event-ID")), null);
    }

    async Task Delete(HttpContext http, bool chat)
    {
        var completion = await completions.Find(IdOf(http), chat, ApiKeys.TenantOf(http));
        foreach (var conversation in completion.Conversations) await conversation.Grain.Delete();
        await JsonResponse.Write(http, json =>
        {
            json.WriteString(JsonNames.Id, completion.Id);
            json.WriteString(JsonNames.Object, chat ? "chat.completion.deleted" : "text_completion.deleted");
            json.WriteBoolean("deleted", true);
        });
    }

    Task Stream(HttpContext http, Completion completion, Cursor seen, GenerationSpan? span) => streams.Write(
        http, completion.Conversations,
        cancellation => new StreamedAnswer(completion, seen, span).Write(http.Response, reader, cancellation),
        (error, cancellation) => StreamedAnswer.WriteError(http.Response, error, cancellation));

    async Task AnswerWhole(HttpContext http, Completion completion, GenerationSpan? span)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await new WholeAnswer(completion, span).Write(http.Response, reader, ended.Token);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody knows its id, so nobody can come back for it.
            foreach (var conversation in completion.Conversations)
                await LiveStreams.Forsake(takeover.Await(() => conversation.Grain.Cancel(), lifetime.ApplicationStopping));
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new ApiException(ApiError.Unavailable("The server is going down; try again."));
        }
    }

    static string IdOf(HttpContext http) => (string)http.GetRouteValue("id")!;
}
