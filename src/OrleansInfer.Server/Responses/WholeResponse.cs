using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A response as one JSON object.</summary>
internal sealed class WholeResponse(Response response, GenerationSpan? span)
{
    readonly ResponseOutput _output = new();
    TurnInfo? _ended;

    /// <summary>Reads what there is to be said.</summary>
    /// <param name="wait">To the end; otherwise as far as the answer has come.</param>
    public async Task Read(ConversationReader reader, bool wait, CancellationToken cancellation)
    {
        var done = false;
        await foreach (var page in reader.Read(response, wait, cancellation))
        {
            foreach (var token in page.Events)
            {
                span?.Add(0, token);
                _output.Add(token);
            }
            done |= page.Done;
        }
        if (!done) return;
        _ended = await reader.ReadEnd(response, cancellation);
        span?.Finish(_ended.Usage!);
    }

    public async Task Write(HttpResponse http, CancellationToken cancellation)
    {
        http.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(http.BodyWriter, WireJson.Writer)) WriteBody(json);
        await http.BodyWriter.FlushAsync(cancellation);
    }

    void WriteBody(Utf8JsonWriter json)
    {
        var parts = new ResponseJson(response);
        if (_ended is { } turn) parts.WriteEnded(json, _output, turn);
        else parts.WriteRunning(
            json, response.Settings.Background && !_output.Begun ? ResponseJson.Queued : ResponseJson.InProgress, _output);
    }
}
