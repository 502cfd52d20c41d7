using System.Globalization;
using OrleansInfer.Server.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>All rounds, by the way of the kill and what the server was to the stream.</summary>
internal sealed class KillTally
{
    readonly Dictionary<(KillWay Way, KillRole Role), (int Streams, List<TimeSpan> Silences)> _cells = [];

    public int Faults { get; private set; }

    public void Add(KillRound round)
    {
        Faults += round.Faults().Count();
        foreach (var stream in round.Cut)
        {
            var (count, silences) = _cells.GetValueOrDefault((round.Way, stream.Role), (0, []));
            silences.Add(stream.Silence(round.Killed));
            _cells[(round.Way, stream.Role)] = (count + 1, silences);
        }
    }

    public void Write(TextWriter output)
    {
        output.WriteLine("                 streams   longest silence from the kill on: median    worst");
        foreach (var ((way, role), (streams, silences)) in _cells.OrderBy(cell => cell.Key))
        {
            silences.Sort();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{way,-6} {role,-8} {streams,8}{silences[silences.Count / 2].TotalSeconds,42:f2} s{silences[^1].TotalSeconds,7:f2} s"));
        }
        output.WriteLine($"{Faults} faults.");
    }
}
