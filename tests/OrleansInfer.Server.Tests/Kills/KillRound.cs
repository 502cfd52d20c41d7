namespace OrleansInfer.Server.Tests;

/// <summary>What came of one round.</summary>
/// <param name="Killed">When, as a timestamp of the stopwatch.</param>
internal sealed record KillRound(KillWay Way, IReadOnlyList<KilledStream> Streams, long Killed)
{
    /// <summary>Streams that were not at their end when the kill came.</summary>
    public IEnumerable<KilledStream> Cut => Streams.Where(stream => stream.NumBefore(Killed) < stream.NumExpected);

    /// <summary>What is wrong with the streams; none: they are what they are when nobody is killed.</summary>
    public IEnumerable<string> Faults() =>
        from stream in Streams
        let fault = stream.Fault()
        where fault is not null
        select $"{stream.Case.Name}, {stream.Role}, {Way} behind {stream.NumBefore(Killed)} of {stream.NumExpected} events: {fault}";
}
