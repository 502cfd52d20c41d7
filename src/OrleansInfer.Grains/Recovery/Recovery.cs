using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansInfer.Abstractions;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// Wakes conversations whose turn is unfinished: when a silo starts, and when one dies. A grain that is awake goes on by itself, so waking
/// one that runs already does no harm; a turn without readers would sleep for ever without this.
/// </summary>
sealed partial class Recovery(
    JournalStore store, IGrainFactory grains, ISiloStatusOracle statuses, IOptions<ConversationOptions> options,
    TimeProvider time, ILogger<Recovery> logger)
    : ILifecycleParticipant<ISiloLifecycle>, ISiloStatusListener
{
    const int PageSize = 256, Attempts = 8;
    static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    static readonly BoundedChannelOptions OneRing = new(1) { FullMode = BoundedChannelFullMode.DropWrite };

    readonly Channel<bool> _doorbell = Channel.CreateBounded<bool>(OneRing);
    readonly CancellationTokenSource _stop = new();
    Task _work = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(Recovery), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status == SiloStatus.Dead && IsLowestSurvivor()) _doorbell.Writer.TryWrite(true);
    }

    /// <summary>One of the survivors is enough, and all of them know which.</summary>
    bool IsLowestSurvivor()
    {
        foreach (var (silo, _) in statuses.GetApproximateSiloStatuses(onlyActive: true))
            if (silo.CompareTo(statuses.SiloAddress) < 0) return false;
        return true;
    }

    Task StartAsync(CancellationToken cancellationToken)
    {
        statuses.SubscribeToSiloStatusEvents(this);
        _doorbell.Writer.TryWrite(true);
        _work = Task.Run(WorkAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    async Task StopAsync(CancellationToken cancellationToken)
    {
        statuses.UnSubscribeFromSiloStatusEvents(this);
        await _stop.CancelAsync();
        await _work;
    }

    async Task WorkAsync()
    {
        try
        {
            await foreach (var _ in _doorbell.Reader.ReadAllAsync(_stop.Token)) await WakeAllAsync();
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    async Task WakeAllAsync()
    {
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.Value.RecoveryConcurrency,
            CancellationToken = _stop.Token,
        };
        try
        {
            for (string? last = null; ;)
            {
                var page = await store.ListRunningAsync(last, PageSize);
                if (page.Count > 0) LogWaking(page.Count);
                await Parallel.ForEachAsync(page, parallel, WakeAsync);
                if (page.Count < PageSize) return;
                last = page[^1];
            }
        }
        catch (JournalException e)
        {
            LogCannotList(e.Message);
        }
    }

    async ValueTask WakeAsync(string conversation, CancellationToken cancellationToken)
    {
        RequestContext.Set(ConversationKey.TenantContextKey, ConversationKey.TenantOf(conversation));
        var delay = FirstDelay;
        for (var attempt = 1; ; attempt++, delay *= 2)
        {
            try
            {
                await grains.GetGrain<IConversationGrain>(conversation).GetTurn();
                return;
            }
            catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
            {
                return; // deleted meanwhile
            }
            catch (Exception e) when (attempt < Attempts)
            {
                LogRetry(conversation, e.Message); // The directory may still name the silo that died.
            }
            catch (Exception e)
            {
                LogFailed(e, conversation);
                return;
            }
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Waking {Count} conversations with an unfinished turn.")]
    partial void LogWaking(int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Conversation} could not be woken yet: {Reason}")]
    partial void LogRetry(string conversation, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Conversation} could not be woken; it waits for its next reader.")]
    partial void LogFailed(Exception e, string conversation);

    [LoggerMessage(Level = LogLevel.Error, Message = "Unfinished conversations could not be listed: {Reason}")]
    partial void LogCannotList(string reason);
}
