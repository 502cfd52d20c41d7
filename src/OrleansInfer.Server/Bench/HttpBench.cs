using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace OrleansInfer.Server;

/// <summary>A whole server in a process of its own, and one stream of server-sent events for each sequence.</summary>
internal sealed class HttpBench : BenchTarget
{
    readonly BenchPlan _plan;
    readonly ChildServer _server;
    readonly HttpClient _http;

    HttpBench(BenchPlan plan, ChildServer server)
    {
        (_plan, _server) = (plan, server);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public static async Task<HttpBench> Start(BenchPlan plan, CancellationToken cancellation) =>
        new(plan, await ChildServer.Start(plan.Server, cancellation));

    public override async Task<IReadOnlyList<List<Arrival>>> Run(
        IReadOnlyList<int[]> prompts, TimeProvider time, CancellationToken cancellation)
    {
        var bodies = prompts.Select(Body).ToList();
        try
        {
            return await Task.WhenAll(bodies.Select(body => Task.Run(() => Read(body, time, cancellation), cancellation)));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new StartFault($"The server broke off: {e.Message}");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    byte[] Body(int[] prompt) => JsonSerializer.SerializeToUtf8Bytes(
        new { prompt, max_tokens = _plan.OutputTokens, temperature = 0, ignore_eos = true, stream = true });

    async Task<List<Arrival>> Read(byte[] body, TimeProvider time, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/completions") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new StartFault($"The server said {response.StatusCode}: {await reader.ReadToEndAsync(cancellation)}");
        var arrivals = new List<Arrival>(_plan.OutputTokens);
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) arrivals.Add(new Arrival(time.GetTimestamp(), TokensAt(line)));
            else if (line.StartsWith("data: {\"error\"", StringComparison.Ordinal)) throw new StartFault($"The server failed: {line}");
        }
        return arrivals;
    }

    // An event's id is the sequence number of its last token: text that is held back for a letter's other bytes is counted when it comes.
    static int TokensAt(string line) => int.Parse(line.AsSpan(4), CultureInfo.InvariantCulture) + 1;
}
