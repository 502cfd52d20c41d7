using System.ComponentModel.DataAnnotations;
using OrleansInfer.Abstractions;
using OrleansInfer.Models;

namespace OrleansInfer.Engine;

/// <summary>
/// A model with its sequences: each <see cref="Step"/> schedules, computes, samples and updates. Synchronous, single-threaded and
/// deterministic: a request's tokens depend on its prompt, parameters and seed alone, not on what else runs, is cached or was preempted.
/// <see cref="EngineLoop"/> gives it a thread. It does not own the model.
/// </summary>
public sealed class LLMEngine
{
    readonly ICausalLM _model;
    readonly EngineOptions _options;
    readonly EngineMetrics? _metrics;
    readonly TimeProvider _time;
    readonly ModelRunner _runner;
    readonly Sampler _sampler;
    readonly SampledToken[] _samples;
    readonly StepOutput _output = new();
    readonly List<Sequence> _ended = []; // outside a step, not reported yet
    KvCacheManager _cache;
    Scheduler _scheduler;
    long _arrivals, _preemptions;
    ulong _steps;

    /// <summary>Takes the memory of the KV cache.</summary>
    /// <param name="metrics">Null: nothing is measured.</param>
    /// <param name="time">For metrics only. Null: the system's.</param>
    /// <exception cref="ValidationException">An option is out of its range, or the KV cache cannot hold one context.</exception>
    public LLMEngine(ICausalLM model, EngineOptions options, EngineMetrics? metrics = null, TimeProvider? time = null)
    {
        options.Validate();
        (_model, _options, _metrics, _time) = (model, options, metrics, time ?? TimeProvider.System);
        NumBlocks = options.NumBlocks ?? (int)Math.Clamp(options.KvCacheBytes / (model.KvBytesPerToken * options.BlockSize), 0, 1 << 26);
        MaxModelLen = LongestContext(model.MaxModelLen, options, NumBlocks);
        model.AllocateKvCache(NumBlocks, options.BlockSize);
        (_runner, _sampler) = (new ModelRunner(model, options), new Sampler(model.VocabSize));
        _samples = new SampledToken[options.MaxNumSeqs];
        (_cache, _scheduler) = Empty();
    }

    public EngineOptions Options => _options;

    public int VocabSize => _model.VocabSize;

    public int NumBlocks { get; }

    /// <summary>Longest context, prompt and output together: the least of the model's, the options' and what the KV cache holds.</summary>
    public int MaxModelLen { get; }

    /// <summary>A step has something to do or to report.</summary>
    public bool HasUnfinished => _scheduler.NumRunning + _scheduler.NumWaiting + _ended.Count > 0;

    /// <summary>Where the engine stands now.</summary>
    public EngineLoad Load => new(NumBlocks, _cache.NumFree, _cache.NumCached, _scheduler.NumRunning, _scheduler.NumWaiting, _steps);

    internal long NumPreemptions => _scheduler.NumPreemptions;

    /// <summary>Queues a request. Committed tokens that already end it are reported by the next step, without a new token.</summary>
    /// <exception cref="InferenceException">The request can never run; see <see cref="Validate"/>.</exception>
    public void Add(GenerationRequest request)
    {
        Validate(request);
        Add(request, null);
    }

    internal Sequence Add(GenerationRequest request, Generation? generation)
    {
        var sequence = new Sequence(request, _arrivals++, MaxModelLen) { Generation = generation };
        sequence.Times.Arrived = _time.GetTimestamp();
        _scheduler.Add(sequence);
        if (sequence.EndOfTokens() is { } reason) End(sequence, reason);
        return sequence;
    }

    /// <summary>Throws what is wrong with a request. Any thread may ask.</summary>
    /// <exception cref="InferenceException">A parameter or a token is out of range, or the prompt fills the context.</exception>
    public void Validate(GenerationRequest request)
    {
        if (SamplingParamsValidator.FirstFault(request.Sampling, VocabSize, MaxModelLen) is var (param, message))
            throw new InferenceException(InferenceError.InvalidRequest, message, param);
        if (request.Choice < 0) throw new InferenceException(InferenceError.InvalidRequest, "The index of a choice is negative.", "n");
        CheckTokens(request.PromptTokenIds);
        CheckTokens(request.CommittedTokenIds);
        if (request.PromptTokenIds.Count == 0)
            throw new InferenceException(InferenceError.InvalidRequest, "The prompt is empty; it must have at least one token.", "prompt");
        var numTokens = (long)request.PromptTokenIds.Count + request.CommittedTokenIds.Count;
        if (request.PromptTokenIds.Count >= MaxModelLen || numTokens > MaxModelLen)
            throw new InferenceException(InferenceError.ContextLengthExceeded,
                $"The prompt has {numTokens} tokens; the context holds {MaxModelLen}, prompt and answer together.", "prompt");
    }

    /// <summary>
    /// Ends a request; its blocks are free at once and the next step reports the end. Nothing happens when it has ended already.
    /// </summary>
    public void Abort(string requestId, int choice)
    {
        if (_scheduler.Find(requestId, choice) is { } sequence) Abort(sequence);
    }

    internal void Abort(Sequence sequence)
    {
        if (sequence.Status != SequenceStatus.Finished) End(sequence, FinishReason.Abort);
    }

    /// <summary>Computes what the token budget allows and samples for every sequence that has caught up with its tokens.</summary>
    /// <returns>Valid until the next step.</returns>
    public StepOutput Step()
    {
        var began = _time.GetTimestamp();
        _output.Clear();
        foreach (var sequence in _ended) Report(sequence, -1, null);
        _ended.Clear();
        var batch = _scheduler.Schedule();
        if (batch.Sequences.IsEmpty) return _output;
        _output.NumScheduledTokens = batch.NumTokens;
        _steps++;
        RecordScheduled(batch);
        try
        {
            Run(batch.Sequences, began);
        }
        catch (Exception fault)
        {
            _output.Fault = fault;
            RunOneByOne(batch.Sequences);
        }
        return _output;
    }

    /// <summary>
    /// Throws when blocks, tables, reference counts, the hash map or the queues contradict each other. For tests and idle moments.
    /// </summary>
    public void CheckIntegrity() => _scheduler.CheckIntegrity();

    /// <summary>Drops all sequences and all cached prefixes, unreported: the way out of a broken state.</summary>
    internal void Reset()
    {
        _ended.Clear();
        (_cache, _scheduler) = Empty();
    }

    (KvCacheManager, Scheduler) Empty()
    {
        var cache = new KvCacheManager(NumBlocks, _options.BlockSize, _options.EnablePrefixCaching);
        return (cache, new Scheduler(_options, cache));
    }

    // Nothing of a sequence changes before the model and the sampler are through: a step that throws can be taken again.
    void Run(ReadOnlySpan<ScheduledSequence> sequences, long began)
    {
        var scheduled = _time.GetTimestamp();
        var logits = _runner.Run(sequences);
        var computed = _time.GetTimestamp();
        var row = 0;
        for (var i = 0; i < sequences.Length; i++)
            if (sequences[i].Samples) _samples[i] = _sampler.Sample(sequences[i].Sequence, logits.Slice(row++ * VocabSize, VocabSize));
        var sampled = _time.GetTimestamp();
        for (var i = 0; i < sequences.Length; i++) Update(sequences[i], _samples[i]);
        _output.Times = new StepTimes(_time.GetElapsedTime(began, scheduled), _time.GetElapsedTime(scheduled, computed),
            _time.GetElapsedTime(computed, sampled), _time.GetElapsedTime(sampled));
    }

    // A batch that throws is taken apart: who fails alone, ends; the others go on and never know.
    void RunOneByOne(ReadOnlySpan<ScheduledSequence> sequences)
    {
        for (var i = 0; i < sequences.Length; i++)
        {
            try
            {
                Run(sequences.Slice(i, 1), _time.GetTimestamp());
            }
            catch (Exception fault)
            {
                _output.Fault = fault;
                Finish(sequences[i].Sequence, FinishReason.Error, -1, null);
            }
        }
    }

    void Update(ScheduledSequence scheduled, SampledToken sample)
    {
        var (sequence, samples) = (scheduled.Sequence, scheduled.Samples);
        _scheduler.Update(scheduled);
        if (!samples) return;
        if (sample.TokenId < 0)
        {
            _output.Fault ??= new InvalidOperationException("The model's logits hold NaN or infinity.");
            Finish(sequence, FinishReason.Error, -1, null);
            return;
        }
        sequence.Append(sample.TokenId);
        RecordToken(sequence);
        if (sequence.EndOfTokens() is { } reason) Finish(sequence, reason, sample.TokenId, sample.Logprobs);
        else Report(sequence, sample.TokenId, sample.Logprobs);
    }

    void Finish(Sequence sequence, FinishReason reason, int tokenId, TokenLogprobs? logprobs)
    {
        _scheduler.Finish(sequence, reason);
        Report(sequence, tokenId, logprobs);
    }

    void End(Sequence sequence, FinishReason reason)
    {
        _scheduler.Finish(sequence, reason);
        _ended.Add(sequence);
    }

    void Report(Sequence sequence, int tokenId, TokenLogprobs? logprobs)
    {
        var numCached = Math.Max(0, sequence.NumCachedTokens);
        _output.Add(sequence, new GeneratedToken(tokenId, sequence.FinishReason, logprobs, numCached));
        if (sequence.FinishReason is { } reason) _metrics?.RequestFinished(reason, _time.GetElapsedTime(sequence.Times.Arrived));
    }

    void RecordScheduled(ScheduledBatch batch)
    {
        if (_metrics is null) return;
        var now = _time.GetTimestamp();
        foreach (var (sequence, _) in batch.Sequences)
        {
            if (sequence.Times.Scheduled != 0) continue;
            sequence.Times.Scheduled = now;
            var wait = _time.GetElapsedTime(sequence.Times.Arrived, now);
            _metrics.RequestScheduled(sequence.NumPromptTokens, sequence.NumCachedTokens, wait);
        }
        _metrics.Preempted(_scheduler.NumPreemptions - _preemptions);
        _preemptions = _scheduler.NumPreemptions;
    }

    void RecordToken(Sequence sequence)
    {
        if (_metrics is null) return;
        var now = _time.GetTimestamp();
        if (sequence.Times.NumGenerated++ == 0) _metrics.FirstTokenGenerated(_time.GetElapsedTime(sequence.Times.Arrived, now));
        else _metrics.TokenGenerated(_time.GetElapsedTime(sequence.Times.LastToken, now));
        sequence.Times.LastToken = now;
    }

    void CheckTokens(IReadOnlyList<int> tokenIds)
    {
        for (var i = 0; i < tokenIds.Count; i++)
            if ((uint)tokenIds[i] >= (uint)VocabSize)
                throw new InferenceException(InferenceError.InvalidRequest,
                    $"Token id {tokenIds[i]} is not in the model's vocabulary; ids run from 0 to {VocabSize - 1}.", "prompt");
    }

    static int LongestContext(int ofModel, EngineOptions options, int numBlocks)
    {
        var held = (int)Math.Min(int.MaxValue, (long)numBlocks * options.BlockSize);
        if (options.MaxModelLen > held || held < 2)
            throw new ValidationException($"The KV cache holds {held} tokens, fewer than a context of {options.MaxModelLen ?? 2}: " +
                "raise KvCacheBytes or NumBlocks, or lower MaxModelLen.");
        return Math.Min(Math.Min(ofModel, options.MaxModelLen ?? ofModel), held);
    }
}
