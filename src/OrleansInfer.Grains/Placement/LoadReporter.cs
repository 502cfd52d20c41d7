using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>Tells all silos the load of this one's device. A report that gets lost is replaced by the next. Any thread.</summary>
sealed class LoadReporter(
    DeviceEngine device, KvLoadTable table, ISiloStatusOracle statuses, ILocalSiloDetails self, TimeProvider time,
    IServiceProvider services)
{
    readonly KvLoadClient _others = new(services);
    long _version = time.GetUtcNow().UtcTicks; // so that a restarted silo's reports count as newer

    public void Report()
    {
        var load = device.Report(self.SiloAddress, Interlocked.Increment(ref _version));
        table.Update(load);
        foreach (var other in Others()) other.Publish(load).Ignore();
    }

    public void ReportPrefixes()
    {
        var prefixes = new SiloPrefixes
        {
            Silo = self.SiloAddress, Version = Interlocked.Read(ref _version), Keys = device.WarmPrefixes.Sorted(),
        };
        table.Update(prefixes);
        foreach (var other in Others()) other.PublishPrefixes(prefixes).Ignore();
    }

    IEnumerable<IKvLoadService> Others()
    {
        foreach (var (silo, _) in statuses.GetApproximateSiloStatuses(onlyActive: true))
            if (!silo.Equals(self.SiloAddress)) yield return _others.To(silo);
    }
}
