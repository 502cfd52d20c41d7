using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace OrleansInfer.Server.Tests;

/// <summary>
/// Readers that ask one thing after another, each of whatever server answers, as clients behind a load balancer do: one that is refused
/// or finds nobody goes to the next, one that is cut off resumes at the next with the number it has.
/// </summary>
internal sealed class ConstantLoad(string path, IReadOnlyList<string> requests, Func<int, RunningServer> servers)
{
    readonly Lock _lock = new();
    int _next;

    /// <summary>Whole answers: which request, and all its events.</summary>
    public ConcurrentQueue<(int Request, List<string> Events)> Answers { get; } = new();

    /// <summary>Answers that were cut off and resumed.</summary>
    public int Resumed { get; private set; }

    /// <summary>The longest silence between two events that a reader got.</summary>
    public TimeSpan LongestGap { get; private set; }

    /// <summary>Asks until cancelled, and reads the last answer to its end.</summary>
    public async Task Run(int request, CancellationToken over)
    {
        while (!over.IsCancellationRequested) Answers.Enqueue((request, await Ask(requests[request])));
    }

    async Task<List<string>> Ask(string request)
    {
        var events = new List<string>();
        string? last = null;
        while (events.Count == 0 || !events[^1].EndsWith("[DONE]\n\n", StringComparison.Ordinal))
        {
            var http = servers(Interlocked.Increment(ref _next)).Http;
            try
            {
                using var stream = events.Count == 0
                    ? await EventReader.Post(http, path, request)
                    : await EventReader.Resume(http, $"{path}/{Transcript.IdOf(events)}", last);
                for (var since = Stopwatch.StartNew(); await stream.Next() is { } item; since.Restart())
                {
                    events.Add(item);
                    last = stream.LastId;
                    lock (_lock) LongestGap = since.Elapsed > LongestGap ? since.Elapsed : LongestGap;
                }
            }
            catch (Exception e) when (IsElsewhere(e))
            {
                lock (_lock) Resumed += events.Count == 0 ? 0 : 1;
            }
        }
        return events;
    }

    static bool IsElsewhere(Exception e) => e is IOException or ObjectDisposedException
        or HttpRequestException { StatusCode: null or HttpStatusCode.ServiceUnavailable };
}
