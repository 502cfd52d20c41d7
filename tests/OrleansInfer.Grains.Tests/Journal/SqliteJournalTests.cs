using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace OrleansInfer.Grains.Tests;

public sealed class SqliteJournalTests : JournalConformance
{
    readonly TemporaryFolder _folder = new();
    readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    string File => _folder.File("journal.db");

    protected override JournalStore OpenStore() => Open(new());

    SqliteJournal Open(JournalOptions options, Action<SqliteJournalOptions>? change = null)
    {
        var sqlite = new SqliteJournalOptions { Path = File };
        change?.Invoke(sqlite);
        var metrics = new JournalMetrics(_services.GetRequiredService<IMeterFactory>());
        return new(Options.Create(sqlite), Options.Create(options), metrics, NullLogger<SqliteJournal>.Instance);
    }

    static JournalOptions FailAtOnce => new() { RetryFor = TimeSpan.Zero };

    [Fact]
    public async Task Waits_for_the_lock_of_another_process_and_goes_on()
    {
        await using var store = Open(new() { RetryFor = TimeSpan.FromSeconds(30) }, o => o.BusyTimeout = TimeSpan.FromMilliseconds(1));
        Task<bool> append;
        using (var other = OpenRaw())
        using (var transaction = other.BeginTransaction())
        {
            append = store.AppendAsync(new("t/a", 0, 1, [1]));
            Assert.False(append.IsCompleted);
            transaction.Rollback();
        }
        Assert.True(await append);
    }

    [Fact]
    public async Task A_lock_that_stays_fails_the_writes_in_words_and_loses_nothing()
    {
        await using var store = Open(FailAtOnce, o => o.BusyTimeout = TimeSpan.FromMilliseconds(1));
        using (var other = OpenRaw())
        using (other.BeginTransaction())
        {
            var fault = await Assert.ThrowsAsync<JournalException>(() => store.AppendAsync(new("t/a", 0, 1, [1])));
            Assert.Contains("locked by another process", fault.Message);
        }
        Assert.True(await store.AppendAsync(new("t/a", 0, 1, [1])));
        Assert.Single(await store.ReadAsync("t/a"));
    }

    [Fact]
    public async Task A_full_disk_fails_the_writes_in_words_and_deleting_makes_room_again()
    {
        await using var store = Open(FailAtOnce, o => o.MaxBytes = 256 * 1024);
        long seq = 0;
        var fault = await Assert.ThrowsAsync<JournalException>(async () =>
        {
            while (seq < 1_000) await store.AppendAsync(new("t/a", seq++, 1, new byte[4_000]));
        });
        Assert.Contains("is full", fault.Message);
        Assert.Equal(seq - 1, (await store.ReadAsync("t/a")).Count);

        await store.DeleteAsync("t/a");
        Assert.True(await store.AppendAsync(new("t/b", 0, 1, new byte[4_000])));
    }

    [Fact]
    public void Refuses_a_file_of_a_newer_version_and_leaves_it_alone()
    {
        using (var raw = OpenRaw())
        using (var command = raw.CreateCommand())
        {
            command.CommandText = "PRAGMA user_version = 7";
            command.ExecuteNonQuery();
        }
        var before = System.IO.File.ReadAllBytes(File);

        var fault = Assert.Throws<JournalException>(() => Open(new()));

        Assert.Contains("schema version 7", fault.Message);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public void Refuses_a_file_that_is_no_database()
    {
        System.IO.File.WriteAllText(File, new string('x', 8_192));
        Assert.Contains("not a SQLite database", Assert.Throws<JournalException>(() => Open(new())).Message);
    }

    [Fact]
    public void Refuses_a_path_that_cannot_be()
    {
        System.IO.File.WriteAllText(_folder.File("file"), "");
        var fault = Assert.Throws<JournalException>(() => Open(new(), o => o.Path = _folder.File("file/journal.db")));
        Assert.Contains("cannot be opened", fault.Message);
    }

    [Fact]
    public async Task Opens_what_it_closed()
    {
        await using (var store = Open(new(), o => o.FullSync = true)) await store.AppendAsync(new("t/a", 0, 1, [7]));
        await using var again = Open(new());
        Assert.Equal([7], Assert.Single(await again.ReadAsync("t/a")).Data);
    }

    [Fact]
    public async Task Many_writers_share_commits()
    {
        var sizes = new List<int>();
        using var listener = new MeterListener();
        var meters = _services.GetRequiredService<IMeterFactory>(); // of this test alone
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "oi.journal.group_size" && instrument.Meter.Scope == meters) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, size, _, _) => sizes.Add(size)); // the writer thread alone records
        listener.Start();
        await using (var store = Open(new(), o => o.BusyTimeout = TimeSpan.FromSeconds(30)))
        {
            using var other = OpenRaw();
            using var transaction = other.BeginTransaction(); // while the file is locked, appends pile up
            var appends = Enumerable.Range(0, 500).Select(i => store.AppendAsync(new($"t/{i}", 0, 1, [1]))).ToArray();
            transaction.Rollback();
            Assert.All(await Task.WhenAll(appends), Assert.True);
        }
        Assert.True(sizes.Count < 50, $"500 appends took {sizes.Count} commits");
    }

    SqliteConnection OpenRaw()
    {
        var raw = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ToString());
        raw.Open();
        return raw;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Dispose();
    }
}
