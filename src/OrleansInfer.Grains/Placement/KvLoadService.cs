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
    readonly LoadReporter _reporter = services.GetRequiredService<LoadReporter>();
    readonly QueueRelief? _relief = services.GetService<QueueRelief>();
    int _reports;
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
        _reporter.Report();
        _relief?.Look();
        if (_reports++ % PrefixesEvery == 0) _reporter.ReportPrefixes();
        return Task.CompletedTask;
    }
}
