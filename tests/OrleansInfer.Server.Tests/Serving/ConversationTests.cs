using System.Net;
using System.Text.Json;

namespace OrleansInfer.Server.Tests;

[Collection(nameof(TinyServer))]
public sealed class ConversationTests(TinyServer server)
{
    const string Path = "/v1/conversations";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_conversation_is_made_read_changed_and_deleted()
    {
        var made = await Chat.Post(server.Http, Path, """
            {"metadata":{"topic":"demo"},"items":[{"type":"message","role":"user","content":"Hello!"}]}
            """);
        var id = Id(made);
        Assert.Equal("conversation", made.GetProperty("object").GetString());
        Assert.InRange(made.GetProperty("created_at").GetInt64(), 1_600_000_000, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        Assert.Equal("""{"topic":"demo"}""", made.GetProperty("metadata").GetRawText());
        Assert.Equal(made.GetRawText(), (await Chat.Get(server.Http, $"{Path}/{id}")).GetRawText());

        var changed = await Chat.Post(server.Http, $"{Path}/{id}", """{"metadata":{"topic":"tea","mood":"good"}}""");
        Assert.Equal("""{"topic":"tea","mood":"good"}""", changed.GetProperty("metadata").GetRawText());
        await Chat.Post(server.Http, $"{Path}/{id}", "{}", 400);
        var cleared = await Chat.Post(server.Http, $"{Path}/{id}", """{"metadata":null}""");
        Assert.Equal("{}", cleared.GetProperty("metadata").GetRawText());

        Assert.Equal($$"""{"id":"{{id}}","object":"conversation.deleted","deleted":true}""", (await Delete($"{Path}/{id}")).GetRawText());
        await Chat.Get(server.Http, $"{Path}/{id}", 404);
        await Delete($"{Path}/{id}", 404);
        await Chat.Post(server.Http, $"{Path}/{id}/items", """{"items":[{"role":"user","content":"x"}]}""", 404);
    }

    [Fact]
    public async Task A_conversation_can_be_made_without_a_body()
    {
        using var response = await server.Http.PostAsync(Path, null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var id = Id(JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement);
        var empty = await Chat.Get(server.Http, $"{Path}/{id}/items");
        Assert.Equal("""{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}""", empty.GetRawText());
    }

    [Fact]
    public async Task Items_have_the_shapes_of_OpenAI()
    {
        var id = await Create();
        var added = await Chat.Post(server.Http, $"{Path}/{id}/items", """
            {"items":[
              {"type":"message","role":"developer","content":[{"type":"input_text","text":"Be brief."}]},
              {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Ok.","annotations":[]}]},
              {"type":"function_call","call_id":"call_1","name":"f","arguments":"{\"a\":1}"},
              {"type":"function_call_output","call_id":"call_1","output":"42"}]}
            """);

        var digits = id["conv_".Length..];
        string[] expected =
        [
            $$"""
            {"id":"msg_{{digits}}00000000","type":"message","status":"completed","role":"developer",
            "content":[{"type":"input_text","text":"Be brief."}]}
            """,
            $$"""
            {"id":"msg_{{digits}}00000001","type":"message","status":"completed","role":"assistant",
            "content":[{"type":"output_text","text":"Ok.","annotations":[],"logprobs":[]}]}
            """,
            $$"""
            {"id":"fc_{{digits}}00000002","type":"function_call","status":"completed","call_id":"call_1","name":"f","arguments":"{\"a\":1}"}
            """,
            $$"""
            {"id":"fco_{{digits}}00000003","type":"function_call_output","status":"completed","call_id":"call_1","output":"42"}
            """,
        ];
        var items = added.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(expected.Select(text => text.Replace("\n", "")), items.Select(item => item.GetRawText()));
        Assert.Equal((Id(items[0]), Id(items[3]), false),
            (added.GetProperty("first_id").GetString()!, added.GetProperty("last_id").GetString()!,
                added.GetProperty("has_more").GetBoolean()));
        foreach (var item in items)
            Assert.Equal(item.GetRawText(), (await Chat.Get(server.Http, $"{Path}/{id}/items/{Id(item)}")).GetRawText());

        var left = await Delete($"{Path}/{id}/items/{Id(items[1])}");
        Assert.Equal((id, "conversation"), (Id(left), left.GetProperty("object").GetString()));
        await Chat.Get(server.Http, $"{Path}/{id}/items/{Id(items[1])}", 404);
        await Delete($"{Path}/{id}/items/{Id(items[1])}", 404);
        Assert.Equal(3, (await Chat.Get(server.Http, $"{Path}/{id}/items")).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_from_either_end()
    {
        var id = await Create([.. Enumerable.Range(0, 25).Select(i => $"message {i}")]);
        var latest = await Chat.Get(server.Http, $"{Path}/{id}/items");
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"message {24 - i}"), Texts(latest));
        Assert.True(latest.GetProperty("has_more").GetBoolean());
        var rest = await Chat.Get(server.Http, $"{Path}/{id}/items?after={latest.GetProperty("last_id").GetString()}");
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"message {4 - i}"), Texts(rest));
        Assert.False(rest.GetProperty("has_more").GetBoolean());

        var read = new List<string>();
        for (var query = "?order=asc&limit=10&include[]=message.output_text.logprobs"; ;)
        {
            var page = await Chat.Get(server.Http, $"{Path}/{id}/items{query}");
            read.AddRange(Texts(page));
            if (!page.GetProperty("has_more").GetBoolean()) break;
            query = $"?order=asc&limit=10&after={page.GetProperty("last_id").GetString()}";
        }
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"message {i}"), read);
    }

    [Fact]
    public async Task An_item_may_refer_to_one_of_another_conversation()
    {
        var first = await Create("from before");
        var item = Id((await Chat.Get(server.Http, $"{Path}/{first}/items")).GetProperty("data")[0]);
        var second = await Chat.Post(server.Http, Path, $$"""{"items":[{"type":"item_reference","id":"{{item}}"}]}""");
        Assert.Equal(["from before"], Texts(await Chat.Get(server.Http, $"{Path}/{Id(second)}/items")));
        await Delete($"{Path}/{first}/items/{item}");
        var refusal = await Chat.Post(server.Http, Path, $$"""{"items":[{"type":"item_reference","id":"{{item}}"}]}""", 404);
        Assert.Equal("items[0].id", refusal.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task A_response_sees_the_items_that_are_there_and_computes_only_what_is_new()
    {
        var id = await Create("the first message, longer than a block of the cache", "the second");
        var first = await Respond(id, "one");
        var second = await Respond(id, "two");
        Assert.InRange(Cached(second), Input(first) / 16 * 16, Input(second));

        var items = (await Chat.Get(server.Http, $"{Path}/{id}/items?order=asc")).GetProperty("data");
        await Delete($"{Path}/{id}/items/{Id(items[1])}"); // "the second"
        await Delete($"/v1/responses/{Id(second)}"); // its items stay
        var third = await Respond(id, "three");

        var (one, two) = (Text(items[3]), Text(items[5]));
        var chat = await Chat.Post(server.Http, "/v1/chat/completions", $$"""
            {"temperature":0,"max_tokens":4,"messages":[{"role":"user","content":"the first message, longer than a block of the cache"},
             {"role":"user","content":"one"},{"role":"assistant","content":{{JsonSerializer.Serialize(one)}}},
             {"role":"user","content":"two"},{"role":"assistant","content":{{JsonSerializer.Serialize(two)}}},
             {"role":"user","content":"three"}]}
            """);
        Assert.Equal(Chat.Text(chat), Text(third.GetProperty("output")[0]));
        Assert.Equal(chat.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), Input(third));
    }

    Task<JsonElement> Respond(string conversation, string text) => Chat.Post(server.Http, "/v1/responses",
        $$"""{"conversation":"{{conversation}}","input":"{{text}}","temperature":0,"max_output_tokens":4}""");

    static int Input(JsonElement response) => response.GetProperty("usage").GetProperty("input_tokens").GetInt32();

    static int Cached(JsonElement response) =>
        response.GetProperty("usage").GetProperty("input_tokens_details").GetProperty("cached_tokens").GetInt32();

    [Fact]
    public async Task What_is_sent_again_under_the_same_key_is_done_once()
    {
        var key = Guid.NewGuid().ToString();
        var body = """{"items":[{"role":"user","content":"one"}]}""";
        var first = await PostUnder(key, Path, body);
        Assert.Equal(first.GetRawText(), (await PostUnder(key, Path, body)).GetRawText());
        Assert.NotEqual(Id(first), Id(await PostUnder(key + "2", Path, body)));

        var items = $"{Path}/{Id(first)}/items";
        body = """{"items":[{"role":"user","content":"two"}]}""";
        Assert.Equal((await PostUnder(key, items, body)).GetRawText(), (await PostUnder(key, items, body)).GetRawText());
        Assert.Equal(["two", "one"], Texts(await Chat.Get(server.Http, items)));
    }

    async Task<JsonElement> PostUnder(string key, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Chat.Body(body) };
        request.Headers.Add("Idempotency-Key", key);
        using var response = await server.Http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement;
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=101", "limit")]
    [InlineData("?limit=ten", "limit")]
    [InlineData("?order=up", "order")]
    [InlineData("?after=msg_1", "after")]
    [InlineData("?after=msg_0123456789abcdef0123456789abcdef00000000", "after")]
    [InlineData("?include=everything", "include")]
    public async Task A_page_that_cannot_be_is_refused(string query, string param)
    {
        var refusal = await Chat.Get(server.Http, $"{Path}/{await Create("x")}/items{query}", 400);
        Assert.Equal(param, refusal.GetProperty("error").GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("""{"metadata":[]}""", "metadata")]
    [InlineData("""{"metadata":{"a":1}}""", "metadata.a")]
    [InlineData("""{"metadata":{"":"x"}}""", "metadata")]
    [InlineData("""{"items":"hello"}""", "items")]
    [InlineData("""{"items":[{"role":"user","content":[{"type":"input_image","image_url":"x"}]}]}""", "items[0].content[0].type")]
    [InlineData("""{"name":"x"}""", "name")]
    public async Task A_conversation_that_cannot_be_is_refused_by_its_parameter(string body, string param)
    {
        var refusal = await Chat.Post(server.Http, Path, body, 400);
        Assert.Equal(param, refusal.GetProperty("error").GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("conv_0123456789abcdef0123456789abcdef")]
    [InlineData("conv_1")]
    [InlineData("x")]
    public async Task What_is_not_there_is_404(string id)
    {
        await Chat.Get(server.Http, $"{Path}/{id}", 404);
        await Chat.Get(server.Http, $"{Path}/{id}/items", 404);
        await Chat.Get(server.Http, $"{Path}/{id}/items/msg_{id[^1]}", 404);
        await Delete($"{Path}/{id}", 404);
    }

    async Task<string> Create(params string[] messages)
    {
        var items = string.Join(',', messages.Select(text => $$"""{"role":"user","content":"{{text}}"}"""));
        return Id(await Chat.Post(server.Http, Path, $$"""{"items":[{{items}}]}"""));
    }

    async Task<JsonElement> Delete(string path, int status = 200)
    {
        using var response = await server.Http.DeleteAsync(path, Cancellation);
        Assert.Equal(status, (int)response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation)).RootElement;
    }

    static string Id(JsonElement element) => element.GetProperty("id").GetString()!;

    static IEnumerable<string> Texts(JsonElement list) =>
        list.GetProperty("data").EnumerateArray().Select(Text);

    static string Text(JsonElement item) => item.GetProperty("content")[0].GetProperty("text").GetString()!;
}
