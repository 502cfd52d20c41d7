using OrleansInfer.Abstractions;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace OrleansInfer.Grains;

/// <summary>
/// Ranks silos by free blocks, waiting requests and prefix affinity, and takes the better of two drawn from the best: with figures that are
/// 100 ms old, going for the very best sends a burst to one silo ("power of two choices", Mitzenmacher 2001). It decides nothing finally:
/// the engine of the silo admits or refuses.
/// </summary>
sealed class KvPlacementDirector(KvLoadTable table, Random random) : IPlacementDirector
{
    const double WaitingWeight = 0.05; // a waiting request weighs as much as a twentieth of the KV cache
    const double AffinityBonus = 0.25; // a warm prefix is worth a quarter of it, so a silo with much more room still wins
    const double NearBest = 0.1;
    const double ConversationWeight = 1 / 64.0; // what one is expected to take of the KV cache, until its silo reports

    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint) return Task.FromResult(hint);
        var chosen = Choose(silos, PrefixOf(target));
        table.Reserve(chosen);
        return Task.FromResult(chosen);
    }

    /// <exception cref="InferenceException">Every silo is shutting down.</exception>
    internal SiloAddress Choose(IReadOnlyList<SiloAddress> silos, ulong? prefix)
    {
        var affine = prefix is { } hash ? Affine(silos, hash) : null;
        var (fresh, stale) = (new List<(SiloAddress Silo, double Score)>(silos.Count), new List<(SiloAddress Silo, double Score)>());
        var unknown = new List<SiloAddress>();
        foreach (var silo in silos)
        {
            if (table.Find(silo) is not { } known) unknown.Add(silo);
            else if (known.Load.Accepting)
                (known.Fresh ? fresh : stale).Add((silo, Score(known.Load, known.Reserved, silo.Equals(affine))));
        }
        // A silo that has not reported for a while may be stuck, one that never did is young: better than none.
        if (fresh.Count > 0) return TakeBetterOfTwo(fresh);
        if (stale.Count > 0) return TakeBetterOfTwo(stale);
        if (unknown.Count > 0) return unknown[random.Next(unknown.Count)];
        // Not an OrleansException: those are retried, and the caller should hear at once.
        throw new InferenceException(InferenceError.Overloaded, "All servers are shutting down or starting up.", retryAfter: RetryAfter);
    }

    static double Score(SiloLoad load, int reserved, bool affine)
    {
        var room = (double)(load.FreeBlocks + load.CachedBlocks) / Math.Max(1, load.TotalBlocks);
        return room - ConversationWeight * reserved - WaitingWeight * load.Waiting + (affine ? AffinityBonus : 0);
    }

    SiloAddress TakeBetterOfTwo(List<(SiloAddress Silo, double Score)> scored)
    {
        scored.Sort(static (a, b) => b.Score.CompareTo(a.Score));
        var near = 1;
        while (near < scored.Count && scored[near].Score >= scored[0].Score - NearBest) near++;
        return scored[Math.Min(random.Next(near), random.Next(near))].Silo;
    }

    /// <summary>Rendezvous hashing: everyone finds the same silo for a prefix, and a silo that goes moves only its own prefixes.</summary>
    static SiloAddress? Affine(IReadOnlyList<SiloAddress> silos, ulong prefix)
    {
        SiloAddress? best = null;
        ulong highest = 0;
        foreach (var silo in silos)
        {
            var weight = Mix(prefix ^ (uint)silo.GetConsistentHashCode());
            if (best is null || weight > highest) (best, highest) = (silo, weight);
        }
        return best;
    }

    /// <summary>The finalizer of SplitMix64 (Steele, Lea, Flood 2014).</summary>
    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    static ulong? PrefixOf(PlacementTarget target) =>
        target.RequestContextData?.TryGetValue(ConversationKey.PrefixContextKey, out var value) == true ? value as ulong? : null;
}
