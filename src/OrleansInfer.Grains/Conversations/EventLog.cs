using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>The events of a conversation that are in memory, by sequence number.</summary>
sealed class EventLog(long firstSeq = 0)
{
    readonly List<TokenEvent> _events = [];

    public long FirstSeq { get; private set; } = firstSeq;

    public long NextSeq => FirstSeq + _events.Count;

    public void Add(TokenEvent e) => _events.Add(e);

    public void DropAll()
    {
        FirstSeq = NextSeq;
        _events.Clear();
    }

    /// <summary>Events [<paramref name="from"/>, <paramref name="to"/>), none of them dropped; the page is the last one if it reaches
    /// <paramref name="turnEnd"/>.</summary>
    public TokenPage Page(long from, long to, long turnEnd, TurnUsage? usage)
    {
        var events = from < to ? new TokenEvent[to - from] : [];
        if (events.Length > 0) _events.CopyTo((int)(from - FirstSeq), events, 0, events.Length);
        var done = to >= turnEnd;
        return new() { Events = events, Done = done, Usage = done ? usage : null };
    }
}
