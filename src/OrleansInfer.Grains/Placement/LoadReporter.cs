using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>Tells all silos the load of this one's device. A report that gets lost is replaced by the next. Any thread.</summary>
sealed class LoadReporter(
    ServedModel model, KvLoadTable table, ISiloStatusOracle statuses, ILocalSiloDetails self, IOptions<ConversationOptions> options,
    TimeProvider time, IServiceProvider services)
{
    readonly DeviceEngine? _device = services.GetService<DeviceEngine>();
    readonly KvLoadClient _others = new(services);
    long _version = time.GetUtcNow().UtcTicks; // so that a restarted silo's reports count as newer

    public void Report()
    {
        var load = Load(Interlocked.Increment(ref _version));
        table.Update(load);
        foreach (var other in Others()) other.Publish(load).Ignore();
    }

    public void ReportPrefixes()
    {
        if (_device is null) return;
        var prefixes = new SiloPrefixes
        {
            Silo = self.SiloAddress, Version = Interlocked.Read(ref _version), Keys = _device.WarmPrefixes.Sorted(),
        };
        table.Update(prefixes);
        foreach (var other in Others()) other.PublishPrefixes(prefixes).Ignore();
    }

    SiloLoad Load(long version)
    {
        var load = _device?.Load;
        return new()
        {
            Silo = self.SiloAddress,
            Version = version,
            Pid = Environment.ProcessId,
            Device = model.Device,
            Model = model.Name,
            SystemFingerprint = model.SystemFingerprint,
            TotalBlocks = load?.TotalBlocks ?? 0,
            FreeBlocks = load?.FreeBlocks ?? 0,
            CachedBlocks = load?.CachedBlocks ?? 0,
            Running = load?.Running ?? 0,
            Waiting = load?.Waiting ?? 0,
            Accepting = _device is { IsAccepting: true },
            FreeSlots = _device?.FreeSlots ?? 0,
            Role = options.Value.Role,
        };
    }

    IEnumerable<IKvLoadService> Others()
    {
        foreach (var (silo, _) in statuses.GetApproximateSiloStatuses(onlyActive: true))
            if (!silo.Equals(self.SiloAddress)) yield return _others.To(silo);
    }
}
