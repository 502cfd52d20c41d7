using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// What was asked for with a response. It travels in <see cref="TurnRequest.Tag"/>, so that whoever reads the response, from any process
/// and at any time, gets the same bytes: {"response": the parameters that the response repeats, …}.
/// </summary>
internal sealed class ResponseSettings
{
    const string EchoName = "response", LogprobsName = "logprobs", RequestName = "request";

    /// <summary>What a request holds stands a few levels deeper here.</summary>
    public static readonly JsonDocumentOptions Bounded = new() { MaxDepth = WireJson.Reader.MaxDepth + 16 };

    ResponseSettings(JsonElement tag)
    {
        Echo = tag.GetProperty(EchoName);
        Background = Echo.GetProperty("background").GetBoolean();
        Stored = Echo.GetProperty("store").GetBoolean();
        InConversation = Echo.GetProperty("conversation").ValueKind == JsonValueKind.Object;
        Logprobs = tag.TryGetProperty(LogprobsName, out _);
    }

    /// <summary>The fields of a response object that say what was asked for.</summary>
    public JsonElement Echo { get; }

    /// <summary>It runs to its end without a reader.</summary>
    public bool Background { get; }

    /// <summary>It can be found by its id once its stream has ended.</summary>
    public bool Stored { get; }

    /// <summary>It belongs to a conversation that somebody named.</summary>
    public bool InConversation { get; }

    public bool Logprobs { get; }

    /// <param name="echo">An object with the fields that a response repeats.</param>
    /// <param name="request">Tells this request from all others, should it be made again.</param>
    public static string ToTag(string echo, bool logprobs, Guid request) =>
        $$"""{"{{RequestName}}":"{{request:N}}",{{(logprobs ? $"\"{LogprobsName}\":true," : "")}}"{{EchoName}}":{{echo}}}""";

    /// <returns>Null when the tag is not one of ours: the turn was not asked for as a response.</returns>
    public static ResponseSettings? FromTag(string? tag)
    {
        if (tag is not { Length: > 0 }) return null;
        try
        {
            using var document = JsonDocument.Parse(tag, Bounded);
            return new ResponseSettings(document.RootElement.Clone());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
