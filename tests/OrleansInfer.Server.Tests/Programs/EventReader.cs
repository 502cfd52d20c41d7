using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>Reads a stream of server-sent events, one at a time.</summary>
internal sealed class EventReader : IDisposable
{
    readonly HttpResponseMessage _response;
    readonly StreamReader _reader;

    EventReader(HttpResponseMessage response, Stream stream) => (_response, _reader) = (response, new StreamReader(stream));

    /// <summary>Of the last event that had one.</summary>
    public string? LastId { get; private set; }

    public static async Task<EventReader> Post(HttpClient http, string path, string json) =>
        await Open(http, new HttpRequestMessage(HttpMethod.Post, path) { Content = Chat.Body(json) });

    public static Task<EventReader> Get(HttpClient http, string path) => Open(http, new HttpRequestMessage(HttpMethod.Get, path));

    public static async Task<EventReader> Resume(HttpClient http, string path, string? lastId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path + "/events");
        if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        return await Open(http, request);
    }

    /// <returns>The whole event, or null when the stream has ended.</returns>
    public async Task<string?> Next()
    {
        var lines = new List<string>();
        while (await _reader.ReadLineAsync() is { Length: > 0 } line) lines.Add(line);
        if (lines.Count == 0) return null;
        LastId = lines.Find(line => line.StartsWith("id: ", StringComparison.Ordinal))?[4..] ?? LastId;
        return string.Join('\n', lines) + "\n\n";
    }

    /// <summary>All that is left, to the end.</summary>
    public async Task<List<string>> Rest()
    {
        var events = new List<string>();
        while (await Next() is { } item) events.Add(item);
        return events;
    }

    public static JsonElement Data(string item) =>
        JsonDocument.Parse(item[(item.IndexOf("data: ", StringComparison.Ordinal) + 6)..]).RootElement;

    /// <summary>The text of a choice of a chat.</summary>
    public static string Text(IEnumerable<string> events, int choice = 0) =>
        string.Concat(events.Where(item => !item.EndsWith("[DONE]\n\n", StringComparison.Ordinal))
        .SelectMany(item => Data(item).GetProperty("choices").EnumerateArray())
        .Where(item => item.GetProperty("index").GetInt32() == choice && item.GetProperty("delta").TryGetProperty("content", out _))
        .Select(item => item.GetProperty("delta").GetProperty("content").GetString()));

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }

    static async Task<EventReader> Open(HttpClient http, HttpRequestMessage request)
    {
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            return new EventReader(response, await response.Content.ReadAsStreamAsync());
        var text = await response.Content.ReadAsStringAsync();
        throw new HttpRequestException($"{(int)response.StatusCode} instead of events: {text}", null, response.StatusCode);
    }
}
