using System.ComponentModel.DataAnnotations;

namespace OrleansInfer.Grains;

/// <summary>Where a <see cref="SqliteJournal"/> lies and how hard it holds on to its data.</summary>
public sealed class SqliteJournalOptions
{
    /// <summary>The database file; its folder is made if it is missing. On a local disk: SQLite's locks do not work on network file
    /// systems.</summary>
    [Required]
    public string Path { get; set; } = "";

    /// <summary>
    /// False (default): an acknowledged append survives the death of the process. True: it survives a power cut too, at one disk flush per
    /// group commit.
    /// </summary>
    public bool FullSync { get; set; }

    /// <summary>How long one statement waits for the lock of another process. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How large the file may grow before it counts as full; null (default) leaves that to the disk.</summary>
    [Range(65_536, long.MaxValue)]
    public long? MaxBytes { get; set; }
}
