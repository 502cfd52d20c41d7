using System.Globalization;
using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>Turns whatever ends a request badly into OpenAI's error body: exceptions, unknown routes, wrong methods.</summary>
internal sealed class ErrorResponses(RequestDelegate next, Faults faults)
{
    public async Task Invoke(HttpContext http)
    {
        try
        {
            await next(http);
            if (!http.Response.HasStarted && FromStatus(http) is { } error) await Write(http, error);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to read an answer.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            await Write(http, faults.Describe(e));
        }
    }

    public static void WriteBody(Utf8JsonWriter json, ApiError error)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteString("param", error.Param);
        json.WriteString("code", error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static ApiError? FromStatus(HttpContext http) => http.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => ApiError.NotFound($"There is no {http.Request.Method} {http.Request.Path.Value} here."),
        StatusCodes.Status405MethodNotAllowed => new(StatusCodes.Status405MethodNotAllowed,
            $"{http.Request.Path.Value} does not take {http.Request.Method}; it takes {http.Response.Headers.Allow}.",
            "invalid_request_error", null,
            "method_not_allowed"),
        _ => null,
    };

    static async Task Write(HttpContext http, ApiError error)
    {
        http.Response.StatusCode = error.Status;
        http.Response.ContentType = "application/json";
        if (error.RetryAfter is { } wait)
            http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (error.Status == StatusCodes.Status401Unauthorized) http.Response.Headers.WWWAuthenticate = "Bearer";
        await using (var json = new Utf8JsonWriter(http.Response.BodyWriter, WireJson.Writer)) WriteBody(json, error);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}
