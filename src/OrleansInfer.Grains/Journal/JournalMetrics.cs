using System.Diagnostics.Metrics;

namespace OrleansInfer.Grains;

/// <summary>What the journal does, on the meter "OrleansInfer".</summary>
public sealed class JournalMetrics
{
    readonly Histogram<int> _groupSize;
    readonly Histogram<double> _commitDuration;

    public JournalMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("OrleansInfer");
        _groupSize = meter.CreateHistogram<int>("oi.journal.group_size", "{write}", "Writes that shared one commit");
        _commitDuration = meter.CreateHistogram<double>("oi.journal.commit_duration", "s", "Time of one group commit, retries included");
    }

    internal void GroupCommitted(int writes, TimeSpan duration)
    {
        _groupSize.Record(writes);
        _commitDuration.Record(duration.TotalSeconds);
    }
}
