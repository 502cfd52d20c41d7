using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace OrleansInfer.Grains;

/// <summary>
/// The journal of all conversations of a silo: an append-only table whose primary key (conversation, sequence number) is the fence.
/// One thread
/// writes; it takes everything that waits into one transaction, so that many conversations share one commit.
/// </summary>
/// <remarks>A back end supplies the transaction, the reads, and which of its faults may pass by themselves.</remarks>
public abstract partial class JournalStore : IAsyncDisposable
{
    const int BusyGroup = 8; // writes at once: below, every token is written as soon as it is there

    static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(1);

    readonly Channel<JournalWrite> _queue;
    readonly Thread _writer;
    readonly JournalOptions _options;
    readonly JournalMetrics _metrics;
    readonly ILogger _logger;
    readonly CancellationTokenSource _closing = new();
    readonly CancellationToken _closed;
    readonly AutoResetEvent _wake = new(false);
    bool _asleep;

    protected JournalStore(JournalOptions options, JournalMetrics metrics, ILogger logger)
    {
        (_options, _metrics, _logger, _closed) = (options, metrics, logger, _closing.Token);
        _queue = Channel.CreateBounded<JournalWrite>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _writer = new Thread(WriteGroups) { IsBackground = true, Name = "journal-writer" };
    }

    /// <summary>To be called once, at the end of the back end's constructor.</summary>
    protected void Start() => _writer.Start();

    /// <summary>Appends events; returns when they are durable.</summary>
    /// <returns>False: another writer has written at this position, and this one is stale.</returns>
    /// <exception cref="JournalException">The store is out of order; nothing was written.</exception>
    public async Task<bool> AppendAsync(JournalAppend append) => await WriteAsync(append) > 0;

    /// <summary>Forgets a conversation.</summary>
    public Task DeleteAsync(string id) => WriteAsync(new JournalDelete(id));

    /// <summary>Forgets conversations whose time has ended; returns how many, at most <paramref name="limit"/>.</summary>
    public Task<int> DeleteExpiredAsync(DateTimeOffset now, int limit) => WriteAsync(new JournalExpire(now, limit));

    /// <summary>All of a conversation in the order of its events; empty if there is none.</summary>
    /// <param name="id">The conversation.</param>
    /// <param name="from">Only appends that stand at this position or later.</param>
    /// <param name="to">Only appends that stand before this position.</param>
    /// <exception cref="JournalException">The store is out of order.</exception>
    public Task<IReadOnlyList<JournalEntry>> ReadAsync(string id, long from = 0, long to = long.MaxValue) =>
        ReadWithRetries(() => Read(id, from, to));

    /// <summary>The conversations with a running turn, in the order of their ids, after <paramref name="after"/> (null: from the first
    /// on).</summary>
    public Task<IReadOnlyList<string>> ListRunningAsync(string? after, int limit) => ReadWithRetries(() => ListRunning(after, limit));

    /// <summary>Writes a group in one transaction: all of it is durable at the return, or nothing of it was written.</summary>
    /// <param name="results">For each write, what <see cref="JournalWrite.Completion"/> says.</param>
    protected abstract void Commit(IReadOnlyList<JournalWrite> writes, int[] results);

    protected abstract Task<IReadOnlyList<JournalEntry>> Read(string id, long from, long to);

    protected abstract Task<IReadOnlyList<string>> ListRunning(string? after, int limit);

    /// <summary>A fault of the back end in words, and whether it may pass by itself.</summary>
    protected abstract (string Message, bool MayPass) Explain(Exception fault);

    /// <summary>Called after the writer has stopped.</summary>
    protected abstract void Close();

    public async ValueTask DisposeAsync()
    {
        if (!_queue.Writer.TryComplete()) return;
        Wake();
        await _closing.CancelAsync(); // A store that is out of order must not keep the process from ending.
        await Task.Run(_writer.Join);
        Close();
        _closing.Dispose();
        _wake.Dispose();
        GC.SuppressFinalize(this);
    }

    async Task<int> WriteAsync(JournalWrite write)
    {
        try
        {
            await _queue.Writer.WriteAsync(write);
            Wake();
        }
        catch (ChannelClosedException)
        {
            throw new JournalException("The journal is closed: the process is shutting down.");
        }
        return await write.Completion.Task;
    }

    async Task<T> ReadWithRetries<T>(Func<Task<T>> read)
    {
        var started = Stopwatch.GetTimestamp();
        for (var delay = FirstRetryDelay; ; delay = AfterThat(delay))
        {
            try
            {
                return await read();
            }
            catch (Exception e) when (GiveUp(e, started, delay) is { } fault)
            {
                throw fault;
            }
            catch (Exception)
            {
                await Task.Delay(delay, _closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What to fail with. Null: the fault may pass, and there is time to wait for that.</summary>
    JournalException? GiveUp(Exception fault, long started, TimeSpan delay)
    {
        var (message, mayPass) = Explain(fault);
        return mayPass && !_closed.IsCancellationRequested && Stopwatch.GetElapsedTime(started) + delay <= _options.RetryFor
            ? null : new JournalException(message, fault);
    }

    static TimeSpan AfterThat(TimeSpan delay) => delay * 2 < LongestRetryDelay ? delay * 2 : LongestRetryDelay;

    void WriteGroups()
    {
        var group = new List<JournalWrite>(_options.MaxGroupSize);
        var results = new int[_options.MaxGroupSize];
        while (WaitForWrites())
        {
            group.Clear();
            while (group.Count < _options.MaxGroupSize && _queue.Reader.TryRead(out var write)) group.Add(write);
            var began = Stopwatch.GetTimestamp();
            Write(group, results);
            if (group.Count >= BusyGroup) Pace(began);
        }
    }

    void Write(List<JournalWrite> group, int[] results)
    {
        if (CommitWithRetries(group, results) is not { } fault)
            for (var i = 0; i < group.Count; i++) group[i].Completion.SetResult(results[i]);
        else if (group.Count > 1 && !Explain(fault.InnerException!).MayPass) // It may be the fault of one of them.
            foreach (var write in group) Write([write], results);
        else
            foreach (var write in group) write.Completion.SetException(fault);
    }

    /// <summary>
    /// Many conversations with a fast engine would each write every token by itself. While a commit is late their tokens gather, and the
    /// next commit, its readers and their sockets are woken once for several.
    /// </summary>
    void Pace(long began)
    {
        var left = _options.GroupInterval - Stopwatch.GetElapsedTime(began);
        if (left > TimeSpan.Zero) _closed.WaitHandle.WaitOne(left);
    }

    /// <summary>Sleeps until there is a write; false when there will be none any more.</summary>
    /// <remarks>Blocking on a task spins first: at 200 commits a second that took more time than the commits, from threads that
    /// compute.</remarks>
    bool WaitForWrites()
    {
        while (!_queue.Reader.TryPeek(out _))
        {
            if (_queue.Reader.Completion.IsCompleted) return false;
            Volatile.Write(ref _asleep, true);
            Interlocked.MemoryBarrier(); // Who writes after the look below sees that the writer sleeps.
            if (!_queue.Reader.TryPeek(out _) && !_queue.Reader.Completion.IsCompleted) _wake.WaitOne();
            Volatile.Write(ref _asleep, false);
        }
        return true;
    }

    void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep)) _wake.Set();
    }

    JournalException? CommitWithRetries(List<JournalWrite> group, int[] results)
    {
        var started = Stopwatch.GetTimestamp();
        for (var delay = FirstRetryDelay; ; delay = AfterThat(delay))
        {
            try
            {
                Array.Clear(results, 0, group.Count);
                Commit(group, results);
                _metrics.GroupCommitted(group.Count, Stopwatch.GetElapsedTime(started));
                return null;
            }
            catch (Exception e)
            {
                if (GiveUp(e, started, delay) is { } fault)
                {
                    LogFailed(e, group.Count, fault.Message);
                    return fault;
                }
                LogRetry(Explain(e).Message, delay.TotalMilliseconds);
                _closed.WaitHandle.WaitOne(delay);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Journal write will be tried again in {DelayMs} ms: {Fault}")]
    partial void LogRetry(string fault, double delayMs);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} journal writes failed: {Fault}")]
    partial void LogFailed(Exception e, int count, string fault);
}
