using System.Net.Http.Headers;

namespace OrleansInfer.Server.Tests;

public sealed class TenantTests
{
    [Fact]
    public async Task A_tenant_sees_neither_the_answers_nor_the_cached_prefixes_of_another()
    {
        using var folder = new TempFolder();
        var keys = new Dictionary<string, string>
        {
            ["OrleansInfer__Tenants__red__ApiKeys__0"] = "red-key", ["OrleansInfer__Tenants__blue__ApiKeys__0"] = "blue-key",
        };
        await using var server = await RunningServer.Start(TinyModel.Write(folder.File("tiny")), folder.File("data"), keys);
        var request = Chat.Asking(new string('x', 100), ",\"max_tokens\":2");
        var answers = new List<System.Text.Json.JsonElement>();
        foreach (var tenant in (string[])["red", "blue", "red"])
        {
            server.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"{tenant}-key");
            answers.Add(await Chat.Post(server.Http, "/v1/chat/completions", request));
        }
        Assert.Equal([false, false, true], answers.Select(answer =>
            answer.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32() > 0));
        await Chat.Get(server.Http, $"/v1/chat/completions/{answers[1].GetProperty("id").GetString()}/events", 404);
        await HasItsOwnConversations(server.Http);
        await HasItsOwnResponses(server.Http);
    }

    static async Task HasItsOwnConversations(HttpClient http)
    {
        const string path = "/v1/conversations";
        var made = await Chat.Post(http, path, """{"items":[{"role":"user","content":"mine"}]}""");
        var conversation = $"{path}/{made.GetProperty("id").GetString()}";
        var item = (await Chat.Get(http, $"{conversation}/items")).GetProperty("data")[0].GetProperty("id").GetString();

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "blue-key");
        foreach (var own in (string[])["", "/items", $"/items/{item}"]) await Chat.Get(http, conversation + own, 404);
        await Chat.Post(http, path, $$"""{"items":[{"type":"item_reference","id":"{{item}}"}]}""", 404);
        await Chat.Post(http, conversation, """{"metadata":{}}""", 404);
        using (var deleted = await http.DeleteAsync(conversation, TestContext.Current.CancellationToken))
            Assert.Equal(System.Net.HttpStatusCode.NotFound, deleted.StatusCode);

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "red-key");
        await Chat.Get(http, conversation);
    }

    static async Task HasItsOwnResponses(HttpClient http)
    {
        const string path = "/v1/responses";
        var response = (await Chat.Post(http, path, """{"input":"x","max_output_tokens":2}""")).GetProperty("id").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "blue-key");
        await Chat.Get(http, $"{path}/{response}", 404);
        await Chat.Get(http, $"{path}/{response}?stream=true", 404);
        await Chat.Post(http, path, $$"""{"input":"x","previous_response_id":"{{response}}"}""", 400);
    }
}
