using System.ComponentModel.DataAnnotations;

namespace OrleansInfer.Grains;

/// <summary>How a <see cref="JournalStore"/> groups, bounds and retries its writes.</summary>
public sealed class JournalOptions
{
    /// <summary>Most writes in one transaction. Default 512.</summary>
    [Range(1, 65_536)]
    public int MaxGroupSize { get; set; } = 512;

    /// <summary>Writes that may wait for the writer; more of them wait at the door. Default 8,192.</summary>
    [Range(1, 1_048_576)]
    public int QueueCapacity { get; set; } = 8_192;

    /// <summary>
    /// How long a fault that may pass (a locked file, a full disk, a database that restarts) is retried before reads and writes fail.
    /// Streams wait meanwhile. Default 60 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Least time between the beginnings of two commits while many conversations write. Longer costs latency, shorter processor time.
    /// Default 10 ms.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan GroupInterval { get; set; } = TimeSpan.FromMilliseconds(10);
}
