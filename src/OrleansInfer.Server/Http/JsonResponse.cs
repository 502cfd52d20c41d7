using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>Answers with one JSON object.</summary>
internal static class JsonResponse
{
    public static async Task Write(HttpContext http, Action<Utf8JsonWriter> fields)
    {
        http.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(http.Response.BodyWriter, WireJson.Writer))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}
