using System.Net;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;
using Orleans.Runtime;

namespace OrleansInfer.Grains.Tests;

/// <summary>
/// A silo with the real scheduler, KV cache and table of warm prefixes, whose steps take simulated time: so much each, and so much a token.
/// What it generates is no text: a later turn does not find its answers in the cache, only its prompts.
/// </summary>
sealed class SimulatedSilo
{
    const double StepMs = 10, TokenMs = 0.05; // about a 7-billion-parameter model on one good GPU

    const int MaxNumSeqs = 64;

    static readonly double MoveAfterMs = new ConversationOptions().MoveAfter.TotalMilliseconds;

    readonly Trace _trace;
    readonly int _numBlocks;
    readonly KvCacheManager _cache;
    readonly Scheduler _scheduler;
    readonly WarmPrefixes _warm;
    readonly Dictionary<Sequence, SimulatedTurn> _turns = [];
    ScheduledSequence[] _step = [];
    long _version;

    public SimulatedSilo(int index, Trace trace, int kvTokens, SimulatedTime time)
    {
        var options = new EngineOptions { MaxNumSeqs = MaxNumSeqs, MaxNumBatchedTokens = 2_048, BlockSize = trace.BlockSize };
        (_trace, _numBlocks) = (trace, kvTokens / trace.BlockSize);
        _cache = new(_numBlocks, trace.BlockSize, enablePrefixCaching: true);
        _scheduler = new(options, _cache);
        _warm = new(kvTokens);
        Address = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1_000 + index), 1);
        Table = new KvLoadTable(time);
        Director = new KvPlacementDirector(Table, new Random(index));
    }

    public SiloAddress Address { get; }

    /// <summary>What it knows of the others.</summary>
    public KvLoadTable Table { get; }

    public KvPlacementDirector Director { get; }

    /// <summary>When its step ends; infinite while it has nothing to do.</summary>
    public double StepEnd { get; private set; } = double.PositiveInfinity;

    public double BusyMs { get; private set; }

    public long Computed { get; private set; }

    public long Skipped { get; private set; }

    /// <summary>Turns that it sent to others.</summary>
    public int Moves { get; private set; }

    /// <summary>Milliseconds from each request's arrival to its first step.</summary>
    public List<double> QueueMs { get; } = [];

    /// <summary>Milliseconds from each request's arrival to its first token.</summary>
    public List<double> FirstTokenMs { get; } = [];

    public void Add(SimulatedTurn turn, ReadOnlySpan<uint> prefix, double now)
    {
        var request = turn.Request;
        var sequence = new Sequence(new()
        {
            RequestId = "",
            PromptTokenIds = Tokens(request),
            CommittedTokenIds = Enumerable.Repeat(int.MaxValue, turn.Tokens).ToArray(),
            Sampling = new() { MaxTokens = request.OutputLength },
            Seed = 0,
        }, turn.Arrival, maxModelLen: _numBlocks * _trace.BlockSize);
        _turns.Add(sequence, turn);
        _scheduler.Add(sequence);
        _warm.Use(prefix);
        if (double.IsInfinity(StepEnd)) Begin(now);
    }

    public void EndStep()
    {
        var now = StepEnd;
        foreach (var scheduled in _step)
        {
            var (sequence, samples) = (scheduled.Sequence, scheduled.Samples);
            _scheduler.Update(scheduled);
            Computed += scheduled.NumNewTokens;
            if (!samples) continue;
            var turn = _turns[sequence];
            if (turn.Tokens++ == 0) FirstTokenMs.Add(now - turn.ArrivedAt);
            sequence.Append(int.MaxValue);
            if (sequence.EndOfTokens() is { } reason) End(sequence, reason);
        }
        Begin(now);
    }

    public SiloLoad Report() => new()
    {
        Silo = Address,
        Version = ++_version,
        Pid = 0,
        Device = "",
        Model = "",
        SystemFingerprint = "",
        TotalBlocks = _numBlocks,
        FreeBlocks = _cache.NumFree,
        CachedBlocks = _cache.NumCached,
        Running = _scheduler.NumRunning,
        Waiting = _scheduler.NumWaiting,
        Accepting = true,
        FreeSlots = MaxNumSeqs - _scheduler.NumRunning,
    };

    public SiloPrefixes ReportPrefixes() => new() { Silo = Address, Version = _version, Keys = _warm.Sorted() };

    /// <summary>Sends turns that wait here to silos with room, as <see cref="QueueRelief"/> does.</summary>
    public void Relieve(Action<SiloAddress, SimulatedTurn> send, double now)
    {
        foreach (var (sequence, turn) in _turns)
            turn.WaitingSince = sequence.Status == SequenceStatus.Waiting ? Math.Min(turn.WaitingSince, now) : double.PositiveInfinity;
        foreach (var (sequence, turn) in _turns.Where(entry => entry.Value.WaitingSince <= now).OrderBy(entry => entry.Value.WaitingSince))
        {
            if (turn.Hops == ConversationGrain.MaxHops || now - turn.WaitingSince < MoveAfterMs * (1 << turn.Hops)) continue;
            if (Table.TakeRoom(Address, (sequence.NumTokens + _trace.BlockSize) / _trace.BlockSize) is not { } silo) return;
            End(sequence, FinishReason.Abort);
            (turn.Hops, turn.WaitingSince) = (turn.Hops + 1, double.PositiveInfinity);
            Moves++;
            send(silo, turn);
        }
    }

    void Begin(double now)
    {
        var batch = _scheduler.Schedule();
        _step = batch.Sequences.ToArray();
        StepEnd = _step.Length == 0 ? double.PositiveInfinity : now + StepMs + TokenMs * batch.NumTokens;
        if (_step.Length > 0) BusyMs += StepEnd - now;
        foreach (var (sequence, _) in _step)
        {
            if (sequence.Times.Scheduled != 0) continue;
            sequence.Times.Scheduled = 1;
            var turn = _turns[sequence];
            Skipped += turn.Begun ? 0 : sequence.NumCachedTokens;
            if (!turn.Begun) QueueMs.Add(now - turn.ArrivedAt);
            turn.Begun = true;
        }
    }

    void End(Sequence sequence, FinishReason reason)
    {
        _scheduler.Finish(sequence, reason);
        _turns.Remove(sequence);
    }

    int[] Tokens(TraceRequest request)
    {
        var tokens = new int[request.InputLength];
        for (var i = 0; i < tokens.Length; i++) tokens[i] = request.HashIds[i / _trace.BlockSize];
        return tokens;
    }
}
