using Orleans.Runtime;

namespace OrleansInfer.Grains.Tests;

/// <summary>
/// Replays a trace over silos in simulated time. Requests come in at all silos alike, and each places with its own table, director and
/// reports as old as in a cluster.
/// </summary>
public static class Simulation
{
    public static SimulationResult Run(Trace trace, PlacementWay way, int numSilos, int kvTokens, int seed = 1)
    {
        var (time, random) = (new SimulatedTime(), new Random(seed));
        var silos = Enumerable.Range(0, numSilos).Select(i => new SimulatedSilo(i, trace, kvTokens, time)).ToArray();
        var addresses = Array.ConvertAll(silos, silo => silo.Address);
        var (next, period, ticks) = (0, KvLoadService.Period.TotalMilliseconds, 0);
        while (true)
        {
            var busy = silos.MinBy(silo => silo.StepEnd)!;
            var arrival = next < trace.Requests.Count ? trace.Requests[next].Timestamp : double.PositiveInfinity;
            if (double.IsInfinity(arrival) && double.IsInfinity(busy.StepEnd)) return SimulationResult.Of(trace, silos);
            time.Now = Math.Min(Math.Min(arrival, busy.StepEnd), ticks * period);
            if (time.Now == ticks * period)
            {
                Gossip(silos, withPrefixes: ticks++ % KvLoadService.PrefixesEvery == 0);
                if (way == PlacementWay.Ours) Relieve(trace, silos, addresses, time.Now);
            }
            else if (time.Now == busy.StepEnd) busy.EndStep();
            else
            {
                var request = trace.Requests[next];
                var prefix = Prefix(request, trace.BlockSize);
                var place = way switch
                {
                    PlacementWay.Random => random.Next(numSilos),
                    PlacementWay.RoundRobin => next % numSilos,
                    _ => Array.IndexOf(addresses, silos[random.Next(numSilos)].Director.Place(addresses, prefix)),
                };
                silos[place].Add(new(request, next++, time.Now), prefix, time.Now);
            }
        }
    }

    static void Relieve(Trace trace, SimulatedSilo[] silos, SiloAddress[] addresses, double now)
    {
        foreach (var silo in silos)
            silo.Relieve((to, turn) => silos[Array.IndexOf(addresses, to)].Add(turn, Prefix(turn.Request, trace.BlockSize), now), now);
    }

    static void Gossip(SimulatedSilo[] silos, bool withPrefixes)
    {
        foreach (var from in silos)
        {
            var (load, prefixes) = (from.Report(), withPrefixes ? from.ReportPrefixes() : null);
            foreach (var to in silos)
            {
                to.Table.Update(load);
                if (prefixes is not null) to.Table.Update(prefixes);
            }
        }
    }

    /// <summary>A trace has no text: the blocks' ids stand for it, at the same lengths.</summary>
    static uint[] Prefix(TraceRequest request, int blockSize)
    {
        var keys = new List<uint>();
        for (int i = 0, length; i < PromptPrefix.MaxKeys && (length = PromptPrefix.LengthOf(i)) <= request.InputLength; i++)
            keys.Add((uint)(request.HashIds[(length - 1) / blockSize] * PromptPrefix.MaxKeys + i));
        return [.. keys];
    }
}
