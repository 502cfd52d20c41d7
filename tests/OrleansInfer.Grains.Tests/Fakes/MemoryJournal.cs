using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace OrleansInfer.Grains.Tests;

/// <summary>What several <see cref="MemoryJournal"/>s share, as processes share a database. Tests can hold its commits back or let
/// them fail.</summary>
sealed class MemoryDatabase
{
    public readonly Lock Gate = new();
    public readonly SortedDictionary<string, List<JournalEntry>> Events = new(StringComparer.Ordinal);
    public readonly SortedDictionary<string, ConversationMark> Marks = new(StringComparer.Ordinal);
    public readonly ManualResetEventSlim Open = new(true);

    /// <summary>Not null: writes fail with it.</summary>
    public volatile Exception? Fault;

    /// <summary>Writes that came, those that wait or failed included.</summary>
    public volatile int Attempts;

    public int CountOf(string id)
    {
        lock (Gate) return Events.TryGetValue(id, out var entries) ? entries.Count : 0;
    }

    public ConversationMark? MarkOf(string id)
    {
        lock (Gate) return Marks.TryGetValue(id, out var mark) ? mark : null;
    }
}

/// <summary>A second back end: the slow, obvious meaning of a journal.</summary>
sealed class MemoryJournal : JournalStore
{
    readonly MemoryDatabase _database;

    public MemoryJournal(MemoryDatabase database) : base(new() { RetryFor = TimeSpan.Zero }, Metrics(), NullLogger.Instance)
    {
        _database = database;
        Start();
    }

    static JournalMetrics Metrics() => new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    protected override void Commit(IReadOnlyList<JournalWrite> writes, int[] results)
    {
        Interlocked.Increment(ref _database.Attempts);
        _database.Open.Wait();
        if (_database.Fault is { } fault) throw fault;
        lock (_database.Gate)
            for (var i = 0; i < writes.Count; i++) results[i] = Apply(writes[i]);
    }

    int Apply(JournalWrite write) => write switch
    {
        JournalAppend append => Append(append),
        JournalDelete delete => Delete(delete.Id),
        JournalExpire expire => Expire(expire),
        _ => throw new NotSupportedException(),
    };

    int Append(JournalAppend append)
    {
        if (!_database.Events.TryGetValue(append.Id, out var entries)) entries = [];
        if (append.Seq != entries.Sum(entry => entry.Count)) return 0;
        entries.Add(new(append.Seq, append.Count, append.Data));
        _database.Events[append.Id] = entries;
        if (append.Mark is { } mark) _database.Marks[append.Id] = mark;
        return 1;
    }

    int Delete(string id) => (_database.Events.Remove(id) ? 1 : 0) + (_database.Marks.Remove(id) ? 1 : 0);

    int Expire(JournalExpire expire)
    {
        var ids = _database.Marks.Where(pair => !pair.Value.Running && pair.Value.ExpiresAt <= expire.Now)
            .OrderBy(pair => pair.Value.ExpiresAt).Take(expire.Limit).Select(pair => pair.Key).ToList();
        foreach (var id in ids) Delete(id);
        return ids.Count;
    }

    protected override Task<IReadOnlyList<JournalEntry>> Read(string id, long from, long to)
    {
        lock (_database.Gate)
            return Task.FromResult<IReadOnlyList<JournalEntry>>(_database.Events.TryGetValue(id, out var entries)
                ? [.. entries.Where(entry => entry.Seq >= from && entry.Seq < to)] : []);
    }

    protected override Task<IReadOnlyList<string>> ListRunning(string? after, int limit)
    {
        lock (_database.Gate)
            return Task.FromResult<IReadOnlyList<string>>([.. _database.Marks
                .Where(pair => pair.Value.Running && string.CompareOrdinal(pair.Key, after ?? "") > 0)
                .Select(pair => pair.Key).Take(limit)]);
    }

    protected override (string Message, bool MayPass) Explain(Exception fault) => (fault.Message, false);

    protected override void Close()
    {
    }
}
