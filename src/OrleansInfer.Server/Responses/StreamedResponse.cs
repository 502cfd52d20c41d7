using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>A response as server-sent events.</summary>
/// <param name="seen">The number of the last event that the reader has; -1: none.</param>
internal sealed class StreamedResponse(Response response, long seen, GenerationSpan? span)
{
    public async Task Write(HttpResponse http, ConversationReader reader, CancellationToken cancellation)
    {
        using var sse = SseWriter.Open(http);
        var events = new ResponseEvents(response, seen, sse);
        events.Begin();
        await sse.Flush(cancellation);
        await foreach (var page in reader.Read(response, wait: true, cancellation))
        {
            foreach (var token in page.Events)
            {
                span?.Add(0, token);
                events.Add(token);
            }
            await sse.Flush(cancellation);
        }
        var ended = await reader.ReadEnd(response, cancellation);
        events.End(ended);
        await sse.Flush(cancellation);
        span?.Finish(ended.Usage!);
    }

    public static async Task WriteError(HttpResponse http, ApiError error, CancellationToken cancellation)
    {
        using var sse = new SseWriter(http.BodyWriter);
        ResponseEvents.WriteError(sse, error);
        await sse.Flush(cancellation);
    }
}
