using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>Speaks to a server as any client would.</summary>
internal static class Chat
{
    public static StringContent Body(string json) => new(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    /// <summary>A chat that says something, with more fields: ", \"n\": 2".</summary>
    public static string Asking(string text, string fields = "") =>
        $$"""{"messages":[{"role":"user","content":{{JsonSerializer.Serialize(text)}}}],"temperature":0{{fields}}}""";

    public static async Task<JsonElement> Post(HttpClient http, string path, string json, int status = 200)
    {
        using var response = await http.PostAsync(path, Body(json));
        return await Json(response, status);
    }

    public static async Task<JsonElement> Get(HttpClient http, string path, int status = 200)
    {
        using var response = await http.GetAsync(path);
        return await Json(response, status);
    }

    public static string Text(JsonElement answer, int choice = 0) =>
        answer.GetProperty("choices")[choice].GetProperty("message").GetProperty("content").GetString()!;

    static async Task<JsonElement> Json(HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        return status == (int)response.StatusCode
            ? JsonDocument.Parse(text).RootElement : throw new InvalidOperationException($"{(int)response.StatusCode}: {text}");
    }
}
