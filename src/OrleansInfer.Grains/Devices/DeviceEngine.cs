using Microsoft.Extensions.Logging;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// The device of a silo: its model, its engine and the engine's thread. Conversations on the silo call it directly. It is up before the
/// silo takes grains and goes down after they have left.
/// </summary>
sealed partial class DeviceEngine : ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    readonly EngineOptions _options;
    readonly KvLoadTable _table;
    readonly ILocalSiloDetails _self;
    readonly EngineLoop _loop;
    readonly ILogger<DeviceEngine> _logger;
    volatile bool _accepting, _closed;
    long _requests;

    public DeviceEngine(
        ServedModel model, EngineOptions options, KvLoadTable table, ILocalSiloDetails self, EngineMetrics metrics, TimeProvider time,
        ILoggerFactory loggers)
    {
        (Model, _options, _table, _self) = (model, options, table, self);
        var engine = new LLMEngine(model.Network!, options, metrics, time);
        WarmPrefixes = new((long)engine.NumBlocks * options.BlockSize);
        _loop = new EngineLoop(engine, loggers.CreateLogger<EngineLoop>(), metrics, time);
        _logger = loggers.CreateLogger<DeviceEngine>();
    }

    public ServedModel Model { get; }

    /// <summary>Longest context, in tokens.</summary>
    public int MaxModelLen => _loop.MaxModelLen;

    public EngineLoad Load => _loop.Load;

    /// <summary>It takes turns: from the start of its silo until that leaves.</summary>
    public bool IsAccepting => _accepting;

    /// <summary>It takes no more turns: its silo leaves.</summary>
    public bool IsClosed => _closed;

    public LocalTurns Turns { get; } = new();

    /// <summary>What is probably in its KV cache.</summary>
    public WarmPrefixes WarmPrefixes { get; }

    /// <summary>Sequences that it could run besides those it has.</summary>
    public int FreeSlots => _options.MaxNumSeqs - _loop.Load.Running;

    /// <summary>A silo that could begin with so many tokens at once. It is counted as taken until it reports again.</summary>
    /// <returns>Null: no other has room.</returns>
    public SiloAddress? FindRoomElsewhere(int tokens) =>
        _table.TakeRoom(_self.SiloAddress, (tokens + _options.BlockSize) / _options.BlockSize);

    /// <summary>
    /// Submits every choice of a turn that has not ended, behind the tokens that are committed already.
    /// </summary>
    /// <returns>In the order of the unfinished choices.</returns>
    /// <exception cref="EngineOverloadedException">There is no room for all of them; none was kept.</exception>
    public Generation[] Submit(Turn turn, string cacheSalt)
    {
        var request = $"{Interlocked.Increment(ref _requests):x}";
        var generations = new List<Generation>(turn.Choices.Count);
        try
        {
            foreach (var choice in turn.Choices)
                if (choice.FinishReason is null) generations.Add(_loop.Submit(RequestFor(turn.Started, choice, request, cacheSalt)));
            return [.. generations];
        }
        catch
        {
            foreach (var generation in generations) generation.Abort();
            throw;
        }
    }

    /// <summary>Takes no more turns. Those that run go on until they end or are stopped.</summary>
    public void Close()
    {
        (_accepting, _closed) = (false, true);
        _loop.StopAdmission();
    }

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(DeviceEngine), ServiceLifecycleStage.ApplicationServices, StartAsync, StopAsync);
        // The last thing up and the first down: no new turn is taken while the grains of a silo leave.
        lifecycle.Subscribe("DeviceEngine.Admission", ServiceLifecycleStage.Active, OpenAsync, CloseAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        (Model.Owner ?? Model.Network!).Dispose();
    }

    GenerationRequest RequestFor(TurnStarted turn, Choice choice, string request, string cacheSalt) => new()
    {
        RequestId = request,
        PromptTokenIds = turn.PromptTokenIds,
        CommittedTokenIds = [.. choice.TokenIds],
        Sampling = turn.Sampling,
        Seed = turn.Seed,
        Choice = choice.Index,
        CacheSalt = cacheSalt,
        EosTokenIds = Model.EosTokenIds,
    };

    Task StartAsync(CancellationToken cancellationToken)
    {
        _loop.Start();
        LogStarted(Model.Name, Model.Device, _loop.Load.TotalBlocks);
        return Task.CompletedTask;
    }

    Task OpenAsync(CancellationToken cancellationToken)
    {
        _accepting = true;
        return Task.CompletedTask;
    }

    Task CloseAsync(CancellationToken cancellationToken)
    {
        Close();
        return Task.CompletedTask;
    }

    /// <summary>Ends behind the step it is in; generations that are left end with it. In order, the grains have left by then.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _loop.StopAsync(new CancellationToken(canceled: true));

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving {Model} on {Device} with {Blocks} KV blocks.")]
    partial void LogStarted(string model, string device, int blocks);
}
