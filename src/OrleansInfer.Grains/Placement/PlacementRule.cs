namespace OrleansInfer.Grains;

/// <summary>
/// Where a conversation goes: the better of two drawn from the best. The best have room, few who wait, and the beginning of the prompt in
/// their KV cache. With figures that are 100 ms old, going for the very best would send a burst to one silo ("power of two choices",
/// Mitzenmacher 2001). Warmth counts only on silos with less than a bounded share of the load ("consistent hashing with bounded loads",
/// Mirrokni et al. 2018): a prefix that all want spreads to as many silos as it takes.
/// </summary>
sealed class PlacementRule(Random random)
{
    const double WaitingWeight = 0.05; // one who waits weighs as much as a twentieth of the KV cache
    const double PlacedWeight = 1 / 64.0; // what one is expected to take of it, until its silo reports
    const double WarmthWeight = 1; // a prompt that is all there, as much as an empty KV cache: room and load bound it
    const double NearBest = 0.1;
    const double LeastRoom = 0.1; // with less, a conversation would wait, warm or not
    const double LoadFactor = 1.25;
    const double LoadSlack = 2; // a few sequences more make a batch, not a queue

    /// <summary>Index of the chosen one.</summary>
    /// <param name="candidates">At least one.</param>
    /// <param name="prefix">Keys of the prompt (<see cref="PromptPrefix"/>); empty when nothing is known of it.</param>
    public int Choose(ReadOnlySpan<Candidate> candidates, ReadOnlySpan<uint> prefix)
    {
        var best = Freshness.Unknown;
        var (load, count, warmest) = (0.0, 0, 0);
        foreach (ref readonly var candidate in candidates)
            if (candidate.Freshness < best) best = candidate.Freshness;
        foreach (ref readonly var candidate in candidates)
            if (candidate.Freshness == best)
                (load, count, warmest) = (load + candidate.Load, count + 1, Math.Max(warmest, candidate.WarmTokens));
        var home = warmest == 0 && prefix.Length > 0 ? Home(candidates, best, prefix[0]) : -1;
        var bound = LoadFactor * (load + 1) / count + LoadSlack;
        var scored = new List<(int Index, double Score)>(count);
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].Freshness != best) continue;
            var isFull = candidates[i].Room < LeastRoom || candidates[i].Load >= bound;
            scored.Add((i, Score(candidates[i], isFull ? 0 : i == home ? 1 : Warmth(candidates[i], prefix))));
        }
        return BetterOfTwo(scored);
    }

    static double Score(Candidate candidate, double warmth) =>
        candidate.Room - PlacedWeight * candidate.Placed - WaitingWeight * candidate.Waiting + WarmthWeight * warmth;

    /// <summary>Part of the prompt that is there.</summary>
    static double Warmth(Candidate candidate, ReadOnlySpan<uint> prefix) =>
        prefix.IsEmpty ? 0 : (double)candidate.WarmTokens / PromptPrefix.LengthOf(prefix.Length - 1);

    int BetterOfTwo(List<(int Index, double Score)> scored)
    {
        scored.Sort(static (a, b) => b.Score.CompareTo(a.Score));
        var near = 1;
        while (near < scored.Count && scored[near].Score >= scored[0].Score - NearBest) near++;
        return scored[Math.Min(random.Next(near), random.Next(near))].Index;
    }

    /// <summary>
    /// Where a prefix goes that nobody has: rendezvous hashing, so that everyone finds the same silo before the first report of it, and a
    /// silo that goes moves only its own prefixes.
    /// </summary>
    static int Home(ReadOnlySpan<Candidate> candidates, Freshness freshness, uint prefix)
    {
        var (home, highest) = (-1, 0UL);
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].Freshness != freshness) continue;
            var weight = Mix((ulong)prefix << 32 | candidates[i].Id);
            if (home < 0 || weight > highest) (home, highest) = (i, weight);
        }
        return home;
    }

    /// <summary>The finalizer of SplitMix64 (Steele, Lea, Flood 2014).</summary>
    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
