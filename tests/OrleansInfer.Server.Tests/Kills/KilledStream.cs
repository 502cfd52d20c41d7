using System.Diagnostics;

namespace OrleansInfer.Server.Tests;

/// <summary>
/// The reader of one stream in a round: it goes to another server when its own is gone, and knows what it should have read.
/// </summary>
/// <param name="reader">Where it begins to read.</param>
/// <param name="expected">The events of the same request when nobody was killed.</param>
internal sealed class KilledStream(KillCase @case, RunningServer reader, string body, IReadOnlyList<string> expected)
{
    readonly List<string> _events = [];
    readonly List<long> _times = [];
    string? _lastId;

    public KillCase Case => @case;

    public RunningServer Reader => reader;

    /// <summary>Of the completion; there is one with the first event.</summary>
    public string Id { get { lock (_events) return Transcript.IdOf(_events); } }

    /// <summary>Set when the kill comes.</summary>
    public KillRole Role { get; set; }

    /// <summary>Events of a choice so far.</summary>
    public int Progress { get { lock (_events) return (_events.Count + @case.Choices - 1) / @case.Choices; } }

    public int NumExpected => expected.Count;

    /// <summary>How often it had to go to another server.</summary>
    public int Resumed { get; private set; }

    /// <summary>Events read when the kill came.</summary>
    public int NumBefore(long killed) => _times.Count(time => time <= killed);

    /// <summary>The longest silence from the kill on.</summary>
    public TimeSpan Silence(long killed)
    {
        var (longest, last) = (TimeSpan.Zero, killed);
        foreach (var time in _times.Where(time => time > killed))
        {
            var silence = Stopwatch.GetElapsedTime(last, time);
            (longest, last) = (silence > longest ? silence : longest, time);
        }
        return longest;
    }

    /// <summary>Reads to the end, at a server that is alive.</summary>
    /// <param name="alive">The next one to try.</param>
    public async Task Read(Func<RunningServer> alive, CancellationToken cancellation)
    {
        var stream = await EventReader.Post(reader.Http, @case.Path, body);
        while (true)
        {
            try
            {
                using (stream) await ReadOn(stream, cancellation);
                return;
            }
            catch (Exception e) when (IsLost(e) && !cancellation.IsCancellationRequested)
            {
                Resumed++;
            }
            stream = await Resume(alive, cancellation);
        }
    }

    /// <summary>Null: it is what it should be, byte for byte, each sequence number once.</summary>
    public string? Fault()
    {
        var numbers = _events.Select(NumberOf).Where(number => number >= 0).ToList();
        for (var i = 1; i < numbers.Count; i++)
            if (numbers[i] <= numbers[i - 1]) return $"number {numbers[i]} came behind {numbers[i - 1]}";
        var (want, got) = (Transcript.Payloads([.. expected]), Transcript.Payloads(_events));
        for (var i = 0; i < Math.Min(want.Count, got.Count); i++)
            if (want[i] != got[i]) return $"event {i} is {got[i]} instead of {want[i]}";
        return want.Count == got.Count ? null : $"{got.Count} events instead of {want.Count}";
    }

    public override string ToString() => $"{@case.Name} {Role} at {reader.Address.Port}: {_times.Count} of {expected.Count}";

    async Task ReadOn(EventReader stream, CancellationToken cancellation)
    {
        while (await stream.Next().WaitAsync(cancellation) is { } item)
        {
            lock (_events) _events.Add(item);
            _times.Add(Stopwatch.GetTimestamp());
            _lastId = stream.LastId ?? _lastId;
        }
        if (!_events[^1].EndsWith("[DONE]\n\n", StringComparison.Ordinal)) throw new IOException("It was cut off between two events.");
    }

    async Task<EventReader> Resume(Func<RunningServer> alive, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await EventReader.Resume(alive().Http, $"{@case.Path}/{Id}", _lastId);
            }
            catch (Exception e) when (IsLost(e) && !cancellation.IsCancellationRequested)
            {
                await Task.Delay(20, cancellation); // It may have been killed as well.
            }
        }
    }

    // A server that is ended takes the client of its address with it, and what that was waiting for.
    static bool IsLost(Exception e) => e is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException;

    static long NumberOf(string item) => item.StartsWith("id: ", StringComparison.Ordinal)
        ? long.Parse(item.AsSpan(4, item.IndexOf('\n') - 4), System.Globalization.CultureInfo.InvariantCulture) : -1;
}
