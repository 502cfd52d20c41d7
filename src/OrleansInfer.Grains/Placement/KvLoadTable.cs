using System.Collections.Concurrent;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>The last report of every silo, and what this silo has promised away since.</summary>
sealed class KvLoadTable(TimeProvider time) : ISiloStatusListener
{
    /// <summary>A report older than five periods is not to be relied on.</summary>
    public static readonly TimeSpan Stale = 5 * KvLoadService.Period;

    readonly ConcurrentDictionary<SiloAddress, Entry> _entries = new();
    readonly ConcurrentDictionary<SiloAddress, SiloPrefixes> _prefixes = new();
    readonly ConcurrentDictionary<SiloAddress, bool> _dead = new(); // an address holds when its silo began: none comes back

    /// <summary>Takes a report, unless a newer one is known.</summary>
    public void Update(SiloLoad load)
    {
        var entry = new Entry(load, time.GetTimestamp());
        _entries.AddOrUpdate(load.Silo, static (_, e) => e, static (_, old, e) => old.Load.Version >= e.Load.Version ? old : e, entry);
        if (_dead.ContainsKey(load.Silo)) Forget(load.Silo); // It came later than the news of its death.
    }

    /// <summary>Takes a silo's warm prefixes, unless newer ones are known.</summary>
    public void Update(SiloPrefixes prefixes)
    {
        _prefixes.AddOrUpdate(prefixes.Silo, static (_, p) => p, static (_, old, p) => old.Version >= p.Version ? old : p, prefixes);
        if (_dead.ContainsKey(prefixes.Silo)) Forget(prefixes.Silo);
    }

    /// <summary>A silo as a place for a prompt with these keys. Null: it says that it takes no more.</summary>
    public Candidate? Find(SiloAddress silo, ReadOnlySpan<uint> prefix)
    {
        var id = (uint)silo.GetConsistentHashCode();
        if (!_entries.TryGetValue(silo, out var entry)) return new Candidate(id, Freshness.Unknown);
        var load = entry.Load;
        if (!load.Accepting) return null;
        return new Candidate(
            id,
            time.GetElapsedTime(entry.ReceivedAt) <= Stale ? Freshness.Fresh : Freshness.Stale,
            (double)(load.FreeBlocks + load.CachedBlocks) / Math.Max(1, load.TotalBlocks),
            load.Running,
            load.Waiting,
            Volatile.Read(ref entry.Reserved),
            _prefixes.TryGetValue(silo, out var prefixes) ? prefixes.WarmTokens(prefix) : 0);
    }

    /// <summary>
    /// The silo other than this one with the most room, if a conversation of so many blocks could begin there at once: nobody waits there,
    /// nobody was sent there since its report, and a tenth of its blocks stays free for those it has. It is reserved.
    /// </summary>
    public SiloAddress? TakeRoom(SiloAddress self, int blocks)
    {
        Entry? best = null;
        foreach (var (silo, entry) in _entries)
        {
            var load = entry.Load;
            if (silo.Equals(self) || !load.Accepting || load.Waiting > 0 || load.FreeSlots == 0) continue;
            if (Volatile.Read(ref entry.Reserved) > 0 || time.GetElapsedTime(entry.ReceivedAt) > Stale) continue;
            if (RoomOf(load) - load.TotalBlocks / 10 >= blocks && (best is null || RoomOf(load) > RoomOf(best.Load))) best = entry;
        }
        if (best is not null) Reserve(best.Load.Silo);
        return best?.Load.Silo;

        static int RoomOf(SiloLoad load) => load.FreeBlocks + load.CachedBlocks;
    }

    /// <summary>How long ago a silo's last report came. Null: it never reported.</summary>
    public TimeSpan? SilenceOf(SiloAddress silo) =>
        _entries.TryGetValue(silo, out var entry) ? time.GetElapsedTime(entry.ReceivedAt) : null;

    /// <summary>
    /// Counts a conversation as placed until the silo's next report. Other silos place there as well without knowing of each other, so each
    /// counts for all of them: a burst spreads instead of landing on the one silo that looked best.
    /// </summary>
    public void Reserve(SiloAddress silo)
    {
        if (_entries.TryGetValue(silo, out var entry)) Interlocked.Add(ref entry.Reserved, Math.Max(1, _entries.Count));
    }

    public IReadOnlyList<SiloLoad> Snapshot()
    {
        var loads = new List<SiloLoad>();
        foreach (var (_, entry) in _entries) loads.Add(entry.Load);
        loads.Sort(static (a, b) => a.Silo.CompareTo(b.Silo));
        return loads;
    }

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status == SiloStatus.Dead) _dead.TryAdd(updatedSilo, true);
        if (status.IsTerminating()) Forget(updatedSilo);
    }

    void Forget(SiloAddress silo)
    {
        _entries.TryRemove(silo, out _);
        _prefixes.TryRemove(silo, out _);
    }

    sealed class Entry(SiloLoad load, long receivedAt)
    {
        public readonly SiloLoad Load = load;
        public readonly long ReceivedAt = receivedAt;
        public int Reserved;
    }
}
