using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// Finds the death of a silo of this machine sooner than Orleans' probes, which have to allow for a network: one that has missed two load
/// reports, and whose port refuses a connection, is declared dead at once.
/// </summary>
sealed partial class DeathWatch(
    IClusterMembershipService membership, ISiloStatusOracle statuses, KvLoadTable loads, ILogger<DeathWatch> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50), Silence = TimeSpan.FromMilliseconds(250);

    readonly CancellationTokenSource _stop = new();
    Task _work = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DeathWatch), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    Task StartAsync(CancellationToken cancellationToken)
    {
        _work = Task.Run(WatchAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Period);
        while (await timer.WaitForNextTickAsync(_stop.Token))
            foreach (var (silo, _) in statuses.GetApproximateSiloStatuses(onlyActive: true))
                if (loads.SilenceOf(silo) > Silence && ThisMachine.Has(silo.Endpoint.Address)
                    && SiloPort.Refuses(silo.Endpoint.Address, silo.Endpoint.Port))
                    await DeclareDeadAsync(silo);
    }

    async Task DeclareDeadAsync(SiloAddress silo)
    {
        try
        {
            if (await membership.TryKill(silo)) LogDied(silo);
        }
        catch (Exception e)
        {
            LogFailed(silo, e.Message); // The next round tries again, and the probes go on.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The process of silo {Silo} has ended: its conversations go on at the others.")]
    partial void LogDied(SiloAddress silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} has ended and could not be declared dead yet: {Reason}")]
    partial void LogFailed(SiloAddress silo, string reason);
}
