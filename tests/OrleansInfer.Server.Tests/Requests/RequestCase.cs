using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

/// <summary>Parses requests against a made-up model.</summary>
internal static class RequestCase
{
    public static readonly ModelCard Model = new(
        "tiny", 1000, 512, new SamplingParams { Temperature = 0.7f, TopP = 0.9f }, DateTimeOffset.UnixEpoch);

    public static GenerationCall Chat(string json)
    {
        using var body = JsonDocument.Parse(json, WireJson.Reader);
        return ChatRequest.Parse(body.RootElement, Model);
    }

    public static GenerationCall Completion(string json)
    {
        using var body = JsonDocument.Parse(json, WireJson.Reader);
        return CompletionRequest.Parse(body.RootElement, Model, ids => string.Join('+', ids));
    }

    public static ResponseCall Response(string json)
    {
        using var body = JsonDocument.Parse(json, WireJson.Reader);
        return ResponseRequest.Parse(body.RootElement, Model, Guid.NewGuid());
    }

    /// <summary>A valid chat with more fields: ", \"n\": 2".</summary>
    public static string ChatWith(string fields) => $$"""{"messages":[{"role":"user","content":"hi"}]{{fields}}}""";

    public static ApiError Refusal(Func<object> parse) => Assert.Throws<ApiException>(() => _ = parse()).Error;
}
