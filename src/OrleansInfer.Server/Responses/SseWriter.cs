using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace OrleansInfer.Server;

/// <summary>Frames server-sent events straight into a response's pipe: no string and no copy for a token.</summary>
internal sealed class SseWriter(PipeWriter output) : IDisposable
{
    readonly Utf8JsonWriter _json = new(output, WireJson.Writer);

    /// <summary>Makes a response a stream of events.</summary>
    public static SseWriter Open(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold the tokens back
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return new SseWriter(response.BodyWriter);
    }

    /// <summary>Begins an event with an id; its data is what is written to the returned writer until <see cref="End"/>.</summary>
    public Utf8JsonWriter Begin(Cursor id)
    {
        output.Write("id: "u8);
        if (id.IsSingle) WriteNumber(id[0]);
        else Encoding.UTF8.GetBytes(id.ToString(), output);
        output.Write("\ndata: "u8);
        return _json;
    }

    /// <summary>Begins an event of a named type.</summary>
    public Utf8JsonWriter Begin(JsonEncodedText type, long id)
    {
        output.Write("event: "u8);
        output.Write(type.EncodedUtf8Bytes);
        output.Write("\nid: "u8);
        WriteNumber(id);
        output.Write("\ndata: "u8);
        return _json;
    }

    /// <summary>Begins an event of a named type without an id: a reader's cursor stays where it is.</summary>
    public Utf8JsonWriter Begin(JsonEncodedText type)
    {
        output.Write("event: "u8);
        output.Write(type.EncodedUtf8Bytes);
        output.Write("\ndata: "u8);
        return _json;
    }

    /// <summary>Begins an event without an id: a reader's cursor stays where it is.</summary>
    public Utf8JsonWriter Begin()
    {
        output.Write("data: "u8);
        return _json;
    }

    public void End()
    {
        _json.Flush();
        _json.Reset();
        output.Write("\n\n"u8);
    }

    /// <summary>OpenAI's mark for the end of a stream.</summary>
    public void Done() => output.Write("data: [DONE]\n\n"u8);

    /// <summary>Sends what was written; without anything it sends the headers.</summary>
    /// <exception cref="OperationCanceledException">Nobody reads any more.</exception>
    public async ValueTask Flush(CancellationToken cancellation)
    {
        if ((await output.FlushAsync(cancellation)).IsCompleted) throw new OperationCanceledException("The reader went away.");
    }

    public void Dispose() => _json.Dispose();

    void WriteNumber(long number)
    {
        var span = output.GetSpan(20);
        number.TryFormat(span, out var written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }
}
