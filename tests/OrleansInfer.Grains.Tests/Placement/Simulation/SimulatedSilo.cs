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

    readonly Trace _trace;
    readonly int _numBlocks;
    readonly KvCacheManager _cache;
    readonly Scheduler _scheduler;
    readonly WarmPrefixes _warm;
    readonly Dictionary<Sequence, double> _arrivals = [];
    ScheduledSequence[] _step = [];
    long _version;

    public SimulatedSilo(int index, Trace trace, int kvTokens, SimulatedTime time)
    {
        var options = new EngineOptions { MaxNumSeqs = 64, MaxNumBatchedTokens = 2_048, BlockSize = trace.BlockSize };
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

    /// <summary>Milliseconds from each request's arrival to its first step.</summary>
    public List<double> QueueMs { get; } = [];

    /// <summary>Milliseconds from each request's arrival to its first token.</summary>
    public List<double> FirstTokenMs { get; } = [];

    /// <summary>Which request it is decides which of two that wait goes first.</summary>
    public void Add(TraceRequest request, long arrival, ReadOnlySpan<uint> prefix, double now)
    {
        var sequence = new Sequence(new()
        {
            RequestId = "",
            PromptTokenIds = Tokens(request),
            Sampling = new() { MaxTokens = request.OutputLength },
            Seed = 0,
        }, arrival, maxModelLen: _numBlocks * _trace.BlockSize);
        _arrivals.Add(sequence, now);
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
            if (sequence.NumOutputTokens == 0) FirstTokenMs.Add(now - _arrivals[sequence]);
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
    };

    public SiloPrefixes ReportPrefixes() => new() { Silo = Address, Version = _version, Keys = _warm.Sorted() };

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
            Skipped += sequence.NumCachedTokens;
            QueueMs.Add(now - _arrivals[sequence]);
        }
    }

    void End(Sequence sequence, FinishReason reason)
    {
        _scheduler.Finish(sequence, reason);
        _arrivals.Remove(sequence);
    }

    int[] Tokens(TraceRequest request)
    {
        var tokens = new int[request.InputLength];
        for (var i = 0; i < tokens.Length; i++) tokens[i] = request.HashIds[i / _trace.BlockSize];
        return tokens;
    }
}
