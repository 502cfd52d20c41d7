using System.Net;
using System.Text;
using System.Text.Json;

namespace OrleansInfer.Server.Tests;

[Collection(nameof(TinyServer))]
public sealed class RefusalTests(TinyServer server)
{
    const string Path = "/v1/chat/completions";

    [Theory]
    [InlineData("{\"messages\":[", 400, "invalid_json", null)]
    [InlineData("{\"temperature\":NaN}", 400, "invalid_json", null)]
    [InlineData("{\"n\":1,\"n\":2}", 400, "invalid_json", null)]
    [InlineData("", 400, "invalid_json", null)]
    [InlineData("{}", 400, "missing_required_parameter", "messages")]
    [InlineData("{\"model\":\"gpt-4\"}", 404, "model_not_found", "model")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"max_tokens\":3000}", 400, "context_length_exceeded", "messages")]
    public async Task Has_the_body_of_OpenAI(string body, int status, string code, string? param)
    {
        var error = await Error(await server.Http.PostAsync(Path, Chat.Body(body), TestContext.Current.CancellationToken), status);
        Assert.Equal((code, param), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Of_bad_JSON_says_where()
    {
        var error = await Error(await server.Http.PostAsync(Path, Chat.Body("{\n  \"n\": x}"), TestContext.Current.CancellationToken), 400);
        Assert.Contains("line 2, byte 8", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Of_another_media_type_is_415() =>
        await Error(await server.Http.PostAsync(
            Path, new StringContent("{}", Encoding.UTF8, "text/plain"), TestContext.Current.CancellationToken), 415);

    [Fact]
    public async Task Of_an_unknown_route_is_404() =>
        await Error(await server.Http.GetAsync("/v1/nothing", TestContext.Current.CancellationToken), 404);

    [Fact]
    public async Task Of_a_wrong_method_is_405() =>
        await Error(await server.Http.GetAsync(Path, TestContext.Current.CancellationToken), 405);

    [Fact]
    public async Task Of_too_long_a_body_is_413_before_it_is_sent()
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, Path) { Content = Chat.Body($"{{\"prompt\":\"{new string('x', 17 << 20)}\"}}") };
        request.Headers.ExpectContinue = true;
        await Error(await server.Http.SendAsync(request, TestContext.Current.CancellationToken), 413);
    }

    [Theory]
    [InlineData("chatcmpl-00000000000000000000000000000000")]
    [InlineData("cmpl-00000000000000000000000000000000")]
    [InlineData("chatcmpl-..%2F..%2Fx")]
    [InlineData("x")]
    public async Task Of_an_unknown_completion_is_404(string id) =>
        await Error(await server.Http.GetAsync($"{Path}/{id}/events", TestContext.Current.CancellationToken), 404);

    [Fact]
    public async Task Of_a_strange_cursor_is_400()
    {
        var id = (await Chat.Post(server.Http, Path, Chat.Asking("hi", ",\"max_tokens\":1"))).GetProperty("id").GetString();
        foreach (var cursor in (string[])["x", "1,2", "-2", "99999999999999999999"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}/{id}/events");
            request.Headers.Add("Last-Event-ID", cursor);
            await Error(await server.Http.SendAsync(request, TestContext.Current.CancellationToken), 400);
        }
    }

    static async Task<JsonElement> Error(HttpResponseMessage response, int status)
    {
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var error = json.RootElement.GetProperty("error").Clone();
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(field => field.Name));
        return error;
    }
}
