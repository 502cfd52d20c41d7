using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>Reports the load of this silo's device to all silos. A report that gets lost is replaced by the next.</summary>
sealed class KvLoadService(GrainId id, Silo silo, ILoggerFactory loggers, IServiceProvider services)
    : GrainService(id, silo, loggers), IKvLoadService
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    readonly KvLoadTable _table = services.GetRequiredService<KvLoadTable>();
    readonly ISiloStatusOracle _statuses = services.GetRequiredService<ISiloStatusOracle>();
    readonly DeviceEngine _device = services.GetRequiredService<DeviceEngine>();
    readonly KvLoadClient _others = new(services);
    long _version = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcTicks; // so that a restarted silo's reports count as newer
    IGrainTimer? _timer;

    public override async Task Start()
    {
        await base.Start();
        _statuses.SubscribeToSiloStatusEvents(_table);
        _timer = this.RegisterGrainTimer(static (service, _) => service.Report(), this, TimeSpan.Zero, Period);
    }

    public override Task Stop()
    {
        _timer?.Dispose();
        _statuses.UnSubscribeFromSiloStatusEvents(_table);
        return base.Stop();
    }

    public Task Publish(SiloLoad load)
    {
        _table.Update(load);
        return Task.CompletedTask;
    }

    Task Report()
    {
        var load = _device.Report(Silo, ++_version);
        _table.Update(load);
        foreach (var (other, _) in _statuses.GetApproximateSiloStatuses(onlyActive: true))
            if (!other.Equals(Silo)) _others.To(other).Publish(load).Ignore();
        return Task.CompletedTask;
    }
}
