using System.ComponentModel.DataAnnotations;

namespace OrleansInfer.Grains;

/// <summary>How conversations are kept, read and cleared away.</summary>
public sealed class ConversationOptions
{
    /// <summary>How long a parked turn waits for its reader, if its retention time is not shorter. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan ParkedFor { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Most events of a page. Default 512.</summary>
    [Range(1, 65_536)]
    public int MaxPageSize { get; set; } = 512;

    /// <summary>
    /// A conversation publishes to its stream at most this often, several commits at a time; its readers do not wait for that. Default
    /// 20 ms.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan PublishInterval { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How often expired conversations are looked for. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan RetentionPeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of turns, parking and retention. Default: the system's.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Conversations taken up at the same time after a crash. Default 16.</summary>
    [Range(1, 4_096)]
    public int RecoveryConcurrency { get; set; } = 16;

    /// <summary>
    /// A turn that has waited for so long for room on its silo moves to one that has it; the second time it waits twice as long. Default
    /// 2 s. In the simulation of placement 500 ms lengthened the mean queue by 10 to 40 %, for those who move leave the cached beginnings
    /// of their prompts behind; 2 s shortened it a little.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan MoveAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Of the silo. Default: both.</summary>
    public SiloRole Role { get; set; }
}
