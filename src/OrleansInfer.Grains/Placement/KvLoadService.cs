using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>Reports the load of this silo's device to all silos. A report that gets lost is replaced by the next.</summary>
sealed class KvLoadService(GrainId id, Silo silo, ILoggerFactory loggers, IServiceProvider services)
    : GrainService(id, silo, loggers), IKvLoadService
{
    /// <summary>Between two reports of the load.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Reports of the load to one of the prefixes, which are larger and change less.</summary>
    public const int PrefixesEvery = 10;

    readonly KvLoadTable _table = services.GetRequiredService<KvLoadTable>();
    readonly ISiloStatusOracle _statuses = services.GetRequiredService<ISiloStatusOracle>();
    readonly DeviceEngine _device = services.GetRequiredService<DeviceEngine>();
    readonly KvLoadClient _others = new(services);
    int _reports;
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

    public Task PublishPrefixes(SiloPrefixes prefixes)
    {
        _table.Update(prefixes);
        return Task.CompletedTask;
    }

    Task Report()
    {
        var load = _device.Report(Silo, ++_version);
        _table.Update(load);
        var prefixes = _reports++ % PrefixesEvery == 0 ? ReportPrefixes() : null;
        foreach (var (other, _) in _statuses.GetApproximateSiloStatuses(onlyActive: true))
        {
            if (other.Equals(Silo)) continue;
            _others.To(other).Publish(load).Ignore();
            if (prefixes is not null) _others.To(other).PublishPrefixes(prefixes).Ignore();
        }
        return Task.CompletedTask;
    }

    SiloPrefixes ReportPrefixes()
    {
        var prefixes = new SiloPrefixes { Silo = Silo, Version = _version, Keys = _device.WarmPrefixes.Sorted() };
        _table.Update(prefixes);
        return prefixes;
    }
}
