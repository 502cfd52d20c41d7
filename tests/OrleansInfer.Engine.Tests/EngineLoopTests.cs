using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine.Tests;

public sealed class EngineLoopTests : IAsyncDisposable
{
    static readonly EngineOptions Small = new() { MaxNumSeqs = 4, MaxNumBatchedTokens = 16, BlockSize = 4, NumBlocks = 24 };
    static readonly SamplingParams Long = new() { MaxTokens = 80, IgnoreEos = true };

    readonly PagedHashModel _model = new();
    readonly SemaphoreSlim _mayStep = new(0);
    readonly SemaphoreSlim _stepped = new(0);
    EngineLoop? _loop;

    [Fact]
    public async Task Many_threads_get_each_the_tokens_of_their_own_request()
    {
        var loop = Start(Small);
        await Parallel.ForAsync(0, 100, async (i, _) =>
        {
            var sampling = new SamplingParams { MaxTokens = 1 + i % 30, Temperature = 1 };
            var request = EngineDriver.Request($"r{i}", [i % 50, i % 7, 3], sampling, (ulong)i);
            var (tokenIds, reason) = await ReadAsync(loop.Submit(request));
            var expected = ReferenceGenerator.Generate(_model, request, 96);
            Assert.Equal(expected.TokenIds, tokenIds);
            Assert.Equal(expected.Reason, reason);
        });
        await loop.StopAsync();
        Assert.Equal((24, 0, 0), (loop.Load.FreeBlocks + loop.Load.CachedBlocks, loop.Load.Running, loop.Load.Waiting));
    }

    [Fact]
    public async Task An_aborted_generation_ends_before_the_next_step_and_its_blocks_are_free()
    {
        var loop = StartStepByStep(Small);
        var kept = loop.Submit(EngineDriver.Request("kept", [1, 2, 3], Long));
        var aborted = loop.Submit(EngineDriver.Request("aborted", [4, 5, 6], Long));
        await StepAsync(2);
        aborted.Abort();
        aborted.Abort();
        await StepAsync(2);
        var numSequences = 0;
        _model.OnForward = batch => numSequences = batch.Sequences.Length;
        _mayStep.Release(1000);
        Assert.Equal((80, FinishReason.Length), Count(await ReadAsync(kept)));
        var (tokenIds, reason) = await ReadAsync(aborted);
        Assert.InRange(tokenIds.Count, 1, 3);
        Assert.Equal(FinishReason.Abort, reason);
        Assert.Equal(1, numSequences);
    }

    [Fact]
    public async Task One_request_more_than_may_wait_is_refused_with_a_time_to_come_back()
    {
        var loop = _loop = new EngineLoop(new LLMEngine(_model, Small with { MaxNumWaiting = 3 }));
        var accepted = Enumerable.Range(0, 3).Select(i => loop.Submit(EngineDriver.Request($"r{i}", [i]))).ToList();
        var refused = Assert.Throws<EngineOverloadedException>(() => loop.Submit(EngineDriver.Request("late", [1])));
        Assert.InRange(refused.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        loop.Start();
        foreach (var generation in accepted) Assert.NotNull((await ReadAsync(generation)).Reason);
        Assert.NotNull((await ReadAsync(loop.Submit(EngineDriver.Request("late", [1])))).Reason);
    }

    [Fact]
    public void A_request_that_can_never_run_is_refused_at_once() =>
        Assert.Throws<InferenceException>(() => new EngineLoop(new LLMEngine(_model, Small)).Submit(EngineDriver.Request("r", [])));

    [Fact]
    public async Task An_idle_loop_takes_a_request_again()
    {
        var loop = Start(Small);
        for (var i = 0; i < 20; i++) Assert.NotNull((await ReadAsync(loop.Submit(EngineDriver.Request("same id", [i])))).Reason);
        Assert.Equal(0, loop.Load.Running);
    }

    [Fact]
    public async Task Stopping_lets_what_runs_end_and_refuses_what_comes()
    {
        var loop = StartStepByStep(Small);
        var generation = loop.Submit(EngineDriver.Request("r", [1, 2], Long));
        await StepAsync(1);
        var stopped = loop.StopAsync();
        Assert.Throws<EngineOverloadedException>(() => loop.Submit(EngineDriver.Request("late", [1])));
        Assert.False(stopped.IsCompleted);
        _mayStep.Release(1000);
        Assert.Equal((80, FinishReason.Length), Count(await ReadAsync(generation)));
        await stopped;
    }

    [Fact]
    public async Task Stopping_at_once_ends_every_channel_with_the_reason()
    {
        var loop = StartStepByStep(Small with { MaxNumSeqs = 1 });
        var generations = Enumerable.Range(0, 3).Select(i => loop.Submit(EngineDriver.Request($"r{i}", [i], Long))).ToList();
        await StepAsync(2);
        var stopped = loop.DisposeAsync();
        _mayStep.Release(1000);
        await stopped;
        foreach (var generation in generations) await Assert.ThrowsAsync<EngineStoppedException>(() => ReadAsync(generation));
    }

    [Fact]
    public async Task A_loop_that_was_never_started_can_be_stopped()
    {
        _loop = new EngineLoop(new LLMEngine(_model, Small));
        var generation = _loop.Submit(EngineDriver.Request("r", [1]));
        await _loop.StopAsync();
        await Assert.ThrowsAsync<EngineStoppedException>(() => ReadAsync(generation));
    }

    [Fact]
    public async Task A_model_that_throws_fails_its_sequences_and_the_loop_goes_on()
    {
        var loop = Start(Small);
        _model.OnForward = _ => throw new InvalidOperationException("broken");
        Assert.Equal((0, FinishReason.Error), Count(await ReadAsync(loop.Submit(EngineDriver.Request("bad", [1], Long)))));
        _model.OnForward = null;
        Assert.Equal((80, FinishReason.Length), Count(await ReadAsync(loop.Submit(EngineDriver.Request("good", [1], Long)))));
    }

    [Fact]
    public async Task A_broken_engine_ends_all_sequences_with_an_error_and_begins_anew()
    {
        var clock = new FaultyClock();
        var engine = new LLMEngine(_model, Small, metrics: null, clock);
        var loop = _loop = new EngineLoop(engine);
        var sane = loop.Submit(EngineDriver.Request("sane", [2], Long));
        var broken = loop.Submit(EngineDriver.Request("broken", [3], Long));
        clock.FailsAt = 2; // an exception where none can come from the model or a sample
        loop.Start();
        foreach (var generation in new[] { sane, broken }) Assert.Equal((0, FinishReason.Error), Count(await ReadAsync(generation)));
        sane.Abort();
        broken.Abort();
        Assert.Equal((80, FinishReason.Length), Count(await ReadAsync(loop.Submit(EngineDriver.Request("good", [1], Long)))));
        await loop.StopAsync();
        engine.CheckIntegrity();
    }

    public async ValueTask DisposeAsync()
    {
        _mayStep.Release(10_000);
        if (_loop is not null) await _loop.DisposeAsync();
        _mayStep.Dispose();
        _stepped.Dispose();
    }

    EngineLoop Start(EngineOptions options)
    {
        _loop = new EngineLoop(new LLMEngine(_model, options));
        _loop.Start();
        return _loop;
    }

    EngineLoop StartStepByStep(EngineOptions options)
    {
        _model.OnForward = _ =>
        {
            _stepped.Release();
            _mayStep.Wait();
        };
        return Start(options);
    }

    // The loop stands inside the last of these steps afterwards.
    async Task StepAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _mayStep.Release();
            await _stepped.WaitAsync();
        }
    }

    static async Task<(List<int> TokenIds, FinishReason? Reason)> ReadAsync(Generation generation)
    {
        var (tokenIds, reason) = (new List<int>(), default(FinishReason?));
        await foreach (var token in generation.Tokens.ReadAllAsync())
        {
            Assert.Null(reason);
            if (token.TokenId >= 0) tokenIds.Add(token.TokenId);
            reason = token.FinishReason;
        }
        return (tokenIds, reason);
    }

    static (int, FinishReason?) Count((List<int> TokenIds, FinishReason? Reason) read) => (read.TokenIds.Count, read.Reason);

    sealed class FaultyClock : TimeProvider
    {
        int _calls;

        public int FailsAt { get; set; }

        public override long GetTimestamp() => ++_calls == FailsAt ? throw new InvalidOperationException("no time") : 0;
    }
}
