using System.Text;

namespace OrleansInfer.Grains.Tests;

/// <summary>What every journal must do, whatever lies under it. A back end's tests derive from this and open a store on its own
/// database.</summary>
public abstract class JournalConformance : IAsyncLifetime
{
    static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    readonly List<JournalStore> _open = [];

    /// <summary>Opens one more store on the database of this test.</summary>
    protected abstract JournalStore OpenStore();

    JournalStore Open()
    {
        var store = OpenStore();
        _open.Add(store);
        return store;
    }

    static JournalAppend Append(string id, long seq, string data, ConversationMark? mark = null) =>
        new(id, seq, 1, Encoding.UTF8.GetBytes(data), mark);

    static async Task<string> ReadText(JournalStore store, string id) =>
        string.Concat((await store.ReadAsync(id)).Select(entry => Encoding.UTF8.GetString(entry.Data)));

    static readonly ConversationMark Running = new(true, null);

    static ConversationMark Finished(DateTimeOffset? expiresAt = null) => new(false, expiresAt);

    [Fact]
    public async Task Returns_what_was_appended_in_order_to_another_reader()
    {
        var (writer, reader) = (Open(), Open());
        Assert.True(await writer.AppendAsync(Append("t/a", 0, "one ")));
        Assert.True(await writer.AppendAsync(Append("t/b", 0, "other")));
        Assert.True(await writer.AppendAsync(new("t/a", 1, 2, "two three "u8.ToArray())));
        Assert.True(await writer.AppendAsync(Append("t/a", 3, "four")));

        var entries = await reader.ReadAsync("t/a");

        Assert.Equal([0L, 1L, 3L], entries.Select(entry => entry.Seq));
        Assert.Equal([1, 2, 1], entries.Select(entry => entry.Count));
        Assert.Equal("one two three four", await ReadText(reader, "t/a"));
        Assert.Empty(await reader.ReadAsync("t/none"));
        Assert.Equal([1L, 3L], (await reader.ReadAsync("t/a", from: 1)).Select(entry => entry.Seq));
        Assert.Equal([1L], (await reader.ReadAsync("t/a", from: 1, to: 3)).Select(entry => entry.Seq));
    }

    [Fact]
    public async Task Fences_the_second_writer_of_a_position()
    {
        var (first, second) = (Open(), Open());
        Assert.True(await first.AppendAsync(Append("t/a", 0, "first")));

        Assert.False(await second.AppendAsync(Append("t/a", 0, "second", Running)));

        Assert.Equal("first", await ReadText(second, "t/a"));
        Assert.Empty(await second.ListRunningAsync(null, 10)); // the mark of a refused append is not kept either
    }

    [Fact]
    public async Task Refuses_an_append_that_would_leave_a_gap()
    {
        var store = Open();
        Assert.False(await store.AppendAsync(Append("t/a", 1, "late")));
        Assert.True(await store.AppendAsync(Append("t/a", 0, "x")));
        Assert.False(await store.AppendAsync(Append("t/a", 2, "later")));
        await store.DeleteAsync("t/a");
        Assert.False(await store.AppendAsync(Append("t/a", 1, "a writer that missed the deletion")));
        Assert.Empty(await store.ReadAsync("t/a"));
    }

    [Fact]
    public async Task Of_many_writers_racing_for_each_position_exactly_one_wins()
    {
        const int Positions = 50;
        JournalStore[] stores = [Open(), Open(), Open()];
        var wins = new int[Positions];

        await Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            for (var seq = 0; seq < Positions; seq++)
                if (await store.AppendAsync(Append("t/race", seq, "."))) Interlocked.Increment(ref wins[seq]);
        })));

        Assert.All(wins, count => Assert.Equal(1, count));
        Assert.Equal(Positions, (await stores[0].ReadAsync("t/race")).Count);
    }

    [Fact]
    public async Task Keeps_every_append_of_many_writers_and_groups_them()
    {
        var store = Open();
        var appends =
            from id in Enumerable.Range(0, 32)
            select Task.Run(async () =>
            {
                for (var seq = 0; seq < 40; seq++) Assert.True(await store.AppendAsync(Append($"t/{id}", seq, $"{seq},")));
            });
        await Task.WhenAll(appends);

        var expected = string.Concat(Enumerable.Range(0, 40).Select(seq => $"{seq},"));
        for (var id = 0; id < 32; id++) Assert.Equal(expected, await ReadText(store, $"t/{id}"));
    }

    [Fact]
    public async Task Lists_running_conversations_page_by_page()
    {
        var store = Open();
        foreach (var id in (string[])["t/d", "t/a", "t/c", "t/b"]) await store.AppendAsync(Append(id, 0, "x", Running));
        await store.AppendAsync(Append("t/c", 1, "end", Finished()));

        var first = await store.ListRunningAsync(null, 2);
        var second = await store.ListRunningAsync(first[^1], 2);

        Assert.Equal(["t/a", "t/b"], first);
        Assert.Equal(["t/d"], second);
    }

    [Fact]
    public async Task Expires_only_finished_conversations_whose_time_has_come()
    {
        var store = Open();
        await store.AppendAsync(Append("t/old", 0, "x", Finished(Noon)));
        await store.AppendAsync(Append("t/older", 0, "x", Finished(Noon.AddHours(-1))));
        await store.AppendAsync(Append("t/young", 0, "x", Finished(Noon.AddMilliseconds(1))));
        await store.AppendAsync(Append("t/kept", 0, "x", Finished()));
        await store.AppendAsync(Append("t/running", 0, "x", Running));

        Assert.Equal(1, await store.DeleteExpiredAsync(Noon, 1));
        Assert.Empty(await store.ReadAsync("t/older"));
        Assert.NotEmpty(await store.ReadAsync("t/old"));
        Assert.Equal(1, await store.DeleteExpiredAsync(Noon, 10));
        Assert.Equal(0, await store.DeleteExpiredAsync(Noon, 10));

        Assert.Empty(await store.ReadAsync("t/old"));
        foreach (var id in (string[])["t/young", "t/kept", "t/running"]) Assert.NotEmpty(await store.ReadAsync(id));
    }

    [Fact]
    public async Task A_deleted_conversation_can_begin_anew()
    {
        var store = Open();
        await store.AppendAsync(Append("t/a", 0, "old", Running));
        await store.DeleteAsync("t/a");
        Assert.Empty(await store.ListRunningAsync(null, 10));
        Assert.True(await store.AppendAsync(Append("t/a", 0, "new")));
        Assert.Equal("new", await ReadText(store, "t/a"));
    }

    [Fact]
    public async Task Refuses_writes_when_it_is_closed()
    {
        var store = Open();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<JournalException>(() => store.AppendAsync(Append("t/a", 0, "x")));
    }

    public virtual ValueTask InitializeAsync() => default;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var store in _open) await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
