using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace OrleansInfer.Server;

/// <summary>Reads a request's JSON.</summary>
internal static class RequestBody
{
    /// <summary>A context of a million tokens fits; anything longer is refused before it is read (413).</summary>
    public const long MaxBytes = 16 << 20;

    /// <summary>A request without a body is one with an empty object.</summary>
    public static Task<JsonDocument> ReadOptional(HttpContext http) =>
        http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
            ? Task.FromResult(JsonDocument.Parse("{}"))
            : Read(http);

    public static async Task<JsonDocument> Read(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
            throw new ApiException(new ApiError(StatusCodes.Status415UnsupportedMediaType,
                $"The Content-Type must be application/json, but it is '{http.Request.ContentType}'.", "invalid_request_error", null,
                "unsupported_media_type"));
        try
        {
            return await JsonDocument.ParseAsync(http.Request.Body, WireJson.Reader, http.RequestAborted);
        }
        catch (JsonException e)
        {
            throw new ApiException(ApiError.Invalid(
                $"The body is not valid JSON at line {e.LineNumber + 1 ?? 1}, byte {e.BytePositionInLine + 1 ?? 1}: {Reason(e)}", null,
                "invalid_json"));
        }
    }

    // The runtime appends the position to its message; it stands in ours already, counted from one.
    static string Reason(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }
}
