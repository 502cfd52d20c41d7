using System.Diagnostics;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>
/// Decides what each step computes. There is no prefill and no decode mode: every sequence has tokens that are not computed yet, and a step
/// spends its budget on them, running sequences first, then waiting ones in the order of arrival. When blocks run out the newest running
/// sequence gives its own back and waits again, in its old place, until it can be recomputed. After the scheduler of vLLM v1.
/// </summary>
internal sealed class Scheduler(EngineOptions options, KvCacheManager cache)
{
    readonly ScheduledBatch _batch = new(options.MaxNumSeqs, options.MaxNumBatchedTokens);
    readonly List<Sequence> _running = []; // both in the order of arrival
    readonly List<Sequence> _waiting = [];

    public int NumRunning => _running.Count;

    public int NumWaiting => _waiting.Count;

    /// <summary>Preemptions since the start.</summary>
    public long NumPreemptions { get; private set; }

    public void Add(Sequence sequence) => Insert(_waiting, sequence);

    /// <summary>The next step; valid until the next call. Not empty unless there is no sequence.</summary>
    public ScheduledBatch Schedule()
    {
        _batch.Clear();
        ScheduleRunning();
        Admit();
        return _batch;
    }

    /// <summary>The step's tokens of the sequence are computed.</summary>
    public void Update(ScheduledSequence scheduled)
    {
        scheduled.Sequence.NumComputedTokens += scheduled.NumNewTokens;
        cache.Commit(scheduled.Sequence);
    }

    /// <summary>Ends a sequence, wherever it is; its blocks are free at once.</summary>
    public void Finish(Sequence sequence, FinishReason reason)
    {
        (sequence.Status == SequenceStatus.Running ? _running : _waiting).Remove(sequence);
        cache.Release(sequence);
        sequence.Finish(reason);
    }

    public Sequence? Find(string requestId, int choice) => _running.Concat(_waiting).FirstOrDefault(
        sequence => sequence.Request.Choice == choice && sequence.Request.RequestId == requestId);

    /// <summary>Throws when lists, states, block tables or reference counts contradict each other.</summary>
    public void CheckIntegrity()
    {
        cache.CheckIntegrity(_running);
        Check(_running.TrueForAll(s => s.Status == SequenceStatus.Running), "A sequence runs that is not marked so.");
        Check(_waiting.TrueForAll(s => s.Status == SequenceStatus.Waiting), "A sequence waits that is not marked so.");
        Check(_waiting.TrueForAll(s => s.BlockTable.Count == 0 && s.NumComputedTokens == 0), "A waiting sequence holds blocks.");
        Check(_running.TrueForAll(s => s.NumComputedTokens < s.NumTokens), "A running sequence has nothing to compute.");
        Check(_running.TrueForAll(s => cache.NumMissing(s, s.NumComputedTokens) == 0), "A computed token has no slot.");
        Check(IsOrdered(_running) && IsOrdered(_waiting), "Sequences are not in the order of arrival.");
        Check(_running.Count <= options.MaxNumSeqs, "Too many sequences run.");
    }

    void ScheduleRunning()
    {
        for (var i = 0; i < _running.Count && _batch.Budget > 0; i++)
        {
            var sequence = _running[i];
            var count = Math.Min(sequence.NumTokens - sequence.NumComputedTokens, _batch.Budget);
            var isFitting = cache.TryGrow(sequence, sequence.NumComputedTokens + count);
            while (!isFitting && PreemptNewest() != sequence) isFitting = cache.TryGrow(sequence, sequence.NumComputedTokens + count);
            if (isFitting) _batch.Add(sequence, count);
        }
    }

    Sequence PreemptNewest()
    {
        var newest = _running[^1];
        // The pool holds the longest context, so the oldest sequence always fits once the others have given way.
        if (_running.Count == 1) throw new UnreachableException("A sequence alone does not fit the KV cache.");
        _running.RemoveAt(_running.Count - 1);
        cache.Release(newest);
        newest.Status = SequenceStatus.Waiting;
        Insert(_waiting, newest);
        NumPreemptions++;
        return newest;
    }

    void Admit()
    {
        // A sequence that waits for a prefix lets others pass, but not without bound: each look costs a search of its prefix.
        for (int i = 0, looks = 0; i < _waiting.Count && looks < options.MaxNumSeqs; looks++)
        {
            if (_running.Count == options.MaxNumSeqs || _batch.Budget == 0) return;
            var sequence = _waiting[i];
            var prefix = cache.FindPrefix(sequence);
            if (cache.IsUnderway(sequence, prefix)) i++;
            else if (cache.TryAdmit(sequence, prefix, NumReserved())) Start(i);
            else return;
        }
    }

    // What running sequences are known to need next. Admitting a sequence into those blocks would only preempt it again.
    int NumReserved()
    {
        var blocks = 0;
        foreach (var sequence in _running) blocks += cache.NumMissing(sequence, sequence.NumTokens + 1);
        return blocks;
    }

    void Start(int place)
    {
        var sequence = _waiting[place];
        _waiting.RemoveAt(place);
        Insert(_running, sequence);
        sequence.Status = SequenceStatus.Running;
        if (sequence.NumCachedTokens < 0) sequence.NumCachedTokens = Math.Min(sequence.NumComputedTokens, sequence.NumPromptTokens);
        var count = Math.Min(sequence.NumTokens - sequence.NumComputedTokens, _batch.Budget);
        if (!cache.TryGrow(sequence, sequence.NumComputedTokens + count))
            throw new UnreachableException("An admitted sequence does not fit the KV cache.");
        _batch.Add(sequence, count);
    }

    static void Insert(List<Sequence> sequences, Sequence sequence)
    {
        var place = sequences.Count;
        while (place > 0 && sequences[place - 1].Arrival > sequence.Arrival) place--;
        sequences.Insert(place, sequence);
    }

    static bool IsOrdered(List<Sequence> sequences) =>
        sequences.Zip(sequences.Skip(1)).All(pair => pair.First.Arrival < pair.Second.Arrival);

    static void Check(bool holds, string fault)
    {
        if (!holds) throw new InvalidOperationException(fault);
    }
}
