using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// A completion as server-sent events. A token's event has the token's sequence number as its id and carries all that belongs to it: the
/// role with a choice's first token, the finish reason with its last. Usage follows under the number behind the last token, then [DONE].
/// So every id says exactly what its reader has, and a resumed stream is the whole stream without that.
/// </summary>
internal sealed class StreamedAnswer(Completion completion, Cursor seen, GenerationSpan? span)
{
    readonly ChunkWriter _chunks = new(completion);
    readonly Cursor _cursor = seen.Copy();
    readonly UsageSum _usage = new();
    long _lastSeq = -1;

    public async Task Write(HttpResponse response, ConversationReader reader, CancellationToken cancellation)
    {
        using var sse = SseWriter.Open(response);
        await sse.Flush(cancellation);
        await foreach (var (prompt, page) in reader.Read(completion, cancellation))
        {
            WritePage(sse, prompt, page);
            await sse.Flush(cancellation);
        }
        WriteEnd(sse);
        await sse.Flush(cancellation);
        span?.Finish(_usage.Total);
    }

    public static async Task WriteError(HttpResponse response, ApiError error, CancellationToken cancellation)
    {
        using var sse = new SseWriter(response.BodyWriter);
        ErrorResponses.WriteBody(sse.Begin(), error);
        sse.End();
        await sse.Flush(cancellation);
    }

    void WritePage(SseWriter sse, int prompt, TokenPage page)
    {
        foreach (var token in page.Events)
        {
            span?.Add(prompt, token);
            if (prompt == 0) _lastSeq = token.Seq;
            _cursor[prompt] = Math.Max(_cursor[prompt], token.Seq);
            var chunk = _chunks.Next(prompt, token);
            if (token.Seq > seen[prompt] && chunk is { } visible) WriteChunk(sse, visible);
        }
        _usage.Add(page.Usage);
    }

    void WriteChunk(SseWriter sse, Chunk chunk)
    {
        var json = sse.Begin(_cursor);
        if (chunk.Token.FinishReason == FinishReason.Error) ErrorResponses.WriteBody(json, ApiError.Internal());
        else _chunks.Write(json, chunk);
        sse.End();
    }

    void WriteEnd(SseWriter sse)
    {
        if (completion.Format.IncludeUsage && seen[0] <= _lastSeq)
        {
            _cursor[0] = _lastSeq + 1;
            _chunks.WriteUsage(sse.Begin(_cursor), _usage.Total);
            sse.End();
        }
        sse.Done();
    }
}
