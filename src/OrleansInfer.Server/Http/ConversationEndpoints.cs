using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>/v1/conversations and their items, in OpenAI's shapes.</summary>
internal sealed class ConversationEndpoints(StoredConversations conversations)
{
    const string One = "/v1/conversations/{id}", Items = One + "/items", Item = Items + "/{item}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/conversations", Create);
        routes.MapGet(One, Get);
        routes.MapPost(One, Update);
        routes.MapDelete(One, Delete);
        routes.MapPost(Items, AddItems);
        routes.MapGet(Items, ListItems);
        routes.MapGet(Item, GetItem);
        routes.MapDelete(Item, DeleteItem);
    }

    async Task Create(HttpContext http)
    {
        using var body = await RequestBody.ReadOptional(http);
        var fields = new JsonFields(body.RootElement);
        var metadata = MetadataFields.Take(fields);
        var items = fields.Take("items") is { } value ? ReadItems(fields, value) : [];
        fields.RefuseOthers();
        var tenant = ApiKeys.TenantOf(http);
        var messages = await conversations.Resolve(items, tenant);
        var conversation = new NewConversation { Named = true, Items = messages, Metadata = metadata ?? new Dictionary<string, string>() };
        var (id, info) = await conversations.Create(conversation, tenant, IdempotencyKey.Of(http));
        await Write(http, id, info);
    }

    async Task Get(HttpContext http)
    {
        var (id, info) = await Find(http);
        await Write(http, id, info);
    }

    async Task Update(HttpContext http)
    {
        using var body = await RequestBody.Read(http);
        var fields = new JsonFields(body.RootElement);
        var given = fields.Has("metadata");
        var metadata = MetadataFields.Take(fields) ?? new Dictionary<string, string>();
        fields.RefuseOthers();
        if (!given) throw new ApiException(ApiError.Missing("metadata"));
        var (id, _) = await Find(http);
        await Write(http, id, await conversations.SetMetadata(id, ApiKeys.TenantOf(http), metadata));
    }

    async Task Delete(HttpContext http)
    {
        var (id, _) = await Find(http);
        await conversations.Delete(id, ApiKeys.TenantOf(http));
        await JsonResponse.Write(http, json =>
        {
            json.WriteString(JsonNames.Id, id.ToString());
            json.WriteString(JsonNames.Object, "conversation.deleted");
            json.WriteBoolean("deleted", true);
        });
    }

    async Task AddItems(HttpContext http)
    {
        PageQuery.CheckInclude(http.Request.Query);
        using var body = await RequestBody.Read(http);
        var fields = new JsonFields(body.RootElement);
        var items = ReadItems(fields, fields.Take("items") ?? throw new ApiException(ApiError.Missing("items")));
        fields.RefuseOthers();
        var (id, _) = await Find(http);
        var tenant = ApiKeys.TenantOf(http);
        var messages = await conversations.Resolve(items, tenant);
        var added = await conversations.AddItems(id, tenant, messages, IdempotencyKey.Of(http));
        await JsonResponse.Write(http, json => ItemListJson.WriteFields(json, id, new(added, HasMore: false)));
    }

    async Task ListItems(HttpContext http)
    {
        var (id, _) = await Find(http);
        var (after, limit, descending) = PageQuery.Read(http.Request.Query, id);
        var page = await conversations.GetItems(id, ApiKeys.TenantOf(http), after, limit, descending);
        await JsonResponse.Write(http, json => ItemListJson.WriteFields(json, id, page));
    }

    async Task GetItem(HttpContext http)
    {
        PageQuery.CheckInclude(http.Request.Query);
        var (id, _) = await Find(http);
        var item = await conversations.GetItem(id, ApiKeys.TenantOf(http), NumberOf(http, id));
        await JsonResponse.Write(http, json => ItemJson.WriteFields(json, id, item));
    }

    async Task DeleteItem(HttpContext http)
    {
        var (id, info) = await Find(http);
        await conversations.DeleteItem(id, ApiKeys.TenantOf(http), NumberOf(http, id));
        await Write(http, id, info);
    }

    /// <summary>The conversation in the path, if it is this tenant's.</summary>
    async Task<(ConversationId Id, ConversationInfo Info)> Find(HttpContext http)
    {
        if (!ConversationId.TryParse((string?)http.GetRouteValue("id"), out var id))
            throw new ApiException(ApiError.NotFound("There is no such conversation here."));
        return (id, await conversations.Find(id, ApiKeys.TenantOf(http)));
    }

    static long NumberOf(HttpContext http, ConversationId conversation) =>
        ConversationId.TryParseItem((string?)http.GetRouteValue("item"), out var id, out var number) && id == conversation ? number
            : throw new ApiException(ApiError.NotFound($"The conversation '{conversation}' has no such item."));

    static IReadOnlyList<InputItem> ReadItems(JsonFields fields, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? ItemFields.Read(value, "items") : throw fields.WrongType("items", "an array", value);

    static Task Write(HttpContext http, ConversationId id, ConversationInfo info) => JsonResponse.Write(http, json =>
    {
        json.WriteString(JsonNames.Id, id.ToString());
        json.WriteString(JsonNames.Object, "conversation");
        json.WriteNumber("created_at", info.Created.ToUnixTimeSeconds());
        json.WriteStartObject("metadata");
        foreach (var (key, value) in info.Metadata) json.WriteString(key, value);
        json.WriteEndObject();
    });
}
