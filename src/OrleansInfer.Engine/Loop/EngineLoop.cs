using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Engine;

/// <summary>
/// One dedicated thread that steps an engine while it has work and sleeps while it has none. Requests and aborts come to it through a
/// channel, tokens leave through a channel of each generation. It owns the engine's state: nobody else may touch the engine while it runs.
/// </summary>
public sealed partial class EngineLoop : IAsyncDisposable
{
    // Bounded by the waiting queue for requests, and by the unfinished requests for aborts.
    readonly Channel<Command> _commands = Channel.CreateUnbounded<Command>(new UnboundedChannelOptions { SingleReader = true });
    readonly HashSet<Generation> _generations = []; // unfinished; of the thread
    readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly LLMEngine _engine;
    readonly EngineMetrics? _metrics;
    readonly ILogger _logger;
    readonly FinishRate _finishRate;
    readonly Thread _thread;
    volatile EngineLoad _load;
    volatile bool _isClosed, _isAborted;
    int _numSubmitted; // not in _load.Waiting yet

    /// <param name="metrics">Told the load after every step; the engine has its own reference.</param>
    /// <param name="time">For the estimate of <see cref="EngineOverloadedException.RetryAfter"/>. Null: the system's.</param>
    public EngineLoop(LLMEngine engine, ILogger<EngineLoop>? logger = null, EngineMetrics? metrics = null, TimeProvider? time = null)
    {
        (_engine, _metrics, _logger, _load) = (engine, metrics, logger ?? NullLogger<EngineLoop>.Instance, engine.Load);
        _finishRate = new FinishRate(time ?? TimeProvider.System);
        _thread = new Thread(Run) { Name = "OrleansInfer engine", IsBackground = true };
    }

    /// <summary>The engine's load after its latest step. Any thread.</summary>
    public EngineLoad Load => _load;

    /// <summary>Longest context, in tokens. Any thread.</summary>
    public int MaxModelLen => _engine.MaxModelLen;

    /// <summary>Completes when the loop has ended.</summary>
    public Task Completion => _stopped.Task;

    /// <summary>Starts the thread. Requests submitted before wait for it.</summary>
    public void Start() => _thread.Start();

    /// <summary>Queues a request. Any thread.</summary>
    /// <exception cref="InferenceException">The request can never run.</exception>
    /// <exception cref="EngineOverloadedException">The waiting queue is full or the engine is stopping.</exception>
    public Generation Submit(GenerationRequest request)
    {
        _engine.Validate(request);
        var generation = new Generation(request, this);
        var numWaiting = Interlocked.Increment(ref _numSubmitted) + _load.Waiting;
        if (numWaiting > _engine.Options.MaxNumWaiting || _isClosed || !_commands.Writer.TryWrite(new Command(generation, IsAbort: false)))
        {
            Interlocked.Decrement(ref _numSubmitted);
            throw new EngineOverloadedException(
                _isClosed ? "The engine is about to stop and takes no more requests." : "Too many requests are waiting; try again later.",
                _finishRate.TimeFor(_load.Waiting));
        }
        return generation;
    }

    /// <summary>Refuses requests from now on. Those that are here go on; behind the last of them the loop ends.</summary>
    public void StopAdmission()
    {
        _isClosed = true;
        Wake();
    }

    /// <summary>
    /// Refuses requests from now on and ends when those that are here have. Cancellation ends them at once: their channels complete with
    /// an <see cref="EngineStoppedException"/>.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        StopAdmission();
        await using var registration = cancellationToken.Register(() =>
        {
            _isAborted = true;
            Wake();
        });
        // A loop that was never started has no thread to end; nobody will start it now.
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted)) Close();
        await _stopped.Task;
    }

    /// <summary>Stops at once. The engine and its model stay with their owner.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(true));

    internal void Abort(Generation generation) => _commands.Writer.TryWrite(new Command(generation, IsAbort: true));

    void Wake() => _commands.Writer.TryWrite(default);

    void Run()
    {
        while (!_isAborted && (_engine.HasUnfinished || !_isClosed || _commands.Reader.TryPeek(out _)))
        {
            // Blocks this thread, which has nothing else to do, without spinning.
            if (!_engine.HasUnfinished) _commands.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult();
            TakeTurn();
        }
        Close();
    }

    // Commands first: the blocks of an aborted sequence are free before the next schedule.
    void TakeTurn()
    {
        try
        {
            ObeyAll();
            if (!_engine.HasUnfinished) return;
            var output = _engine.Step();
            if (output.Fault is { } fault) LogSequenceFailed(fault);
            PublishLoad();
            foreach (ref readonly var given in output.Tokens) Deliver(given.Sequence.Generation!, given.Token);
        }
        catch (Exception bug)
        {
            // Not the model or a sample, which the engine survives by itself: its own state is broken. Begin with an empty one.
            LogEngineFailed(bug);
            _engine.Reset();
            foreach (var generation in _generations.ToArray())
                Deliver(generation, new GeneratedToken(-1, FinishReason.Error, null, 0));
            PublishLoad();
        }
    }

    void ObeyAll()
    {
        var numTaken = 0;
        try
        {
            while (_commands.Reader.TryRead(out var command))
            {
                if (command is { Generation: not null, IsAbort: false }) numTaken++;
                Obey(command);
            }
        }
        finally
        {
            // In this order a request counts twice for a moment and never not at all: the queue's bound holds.
            PublishLoad();
            Interlocked.Add(ref _numSubmitted, -numTaken);
        }
    }

    void Obey(Command command)
    {
        if (command is { Generation: { } added, IsAbort: false })
        {
            if (_generations.Count == 0) _finishRate.Begun();
            _generations.Add(added);
            added.Sequence = _engine.Add(added.Request, added);
        }
        else if (command.Generation?.Sequence is { } aborted) _engine.Abort(aborted);
    }

    void Deliver(Generation generation, GeneratedToken token)
    {
        if (token.FinishReason is not null)
        {
            _generations.Remove(generation);
            generation.Sequence = null;
            _finishRate.Finished();
        }
        generation.Write(token);
    }

    void PublishLoad()
    {
        _load = _engine.Load;
        _metrics?.LoadChanged(_load);
    }

    void Close()
    {
        _isClosed = true;
        _commands.Writer.TryComplete();
        while (_commands.Reader.TryRead(out var command))
            if (command.Generation is { } generation) _generations.Add(generation);
        var reason = new EngineStoppedException();
        foreach (var generation in _generations) generation.Stop(reason);
        _generations.Clear();
        CheckIntegrity();
        _engine.Reset();
        PublishLoad();
        _stopped.TrySetResult();
    }

    /// <summary>The last moment to see that blocks and lists contradict each other after a long run.</summary>
    void CheckIntegrity()
    {
        try
        {
            _engine.CheckIntegrity();
        }
        catch (Exception bug)
        {
            LogInconsistent(bug);
        }
    }

    /// <summary>A generation to begin or to abort; none at all only wakes the thread.</summary>
    readonly record struct Command(Generation? Generation, bool IsAbort);

    [LoggerMessage(Level = LogLevel.Error, Message = "A sequence failed alone or with its batch; the others go on.")]
    partial void LogSequenceFailed(Exception fault);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The KV cache or the queues of the engine that stops contradict each other.")]
    partial void LogInconsistent(Exception bug);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "The engine's state is broken: its sequences end with an error and it starts over.")]
    partial void LogEngineFailed(Exception bug);
}
