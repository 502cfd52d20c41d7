using OrleansInfer.Abstractions;

namespace OrleansInfer.Client.Tests;

/// <summary>What a test has a conversation hold, and what was asked of it. Nothing happens here that the test does not say.</summary>
internal sealed class FakeConversation(string key)
{
    readonly Lock _lock = new();
    readonly List<TokenEvent> _events = [];
    readonly Queue<Exception> _faults = [];
    TaskCompletionSource _changed = New(), _read = New();
    bool _done;

    public static DateTimeOffset Created { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public string Key { get; } = key;

    public List<TurnRequest> Requests { get; } = [];

    public List<string> Tenants { get; } = [];

    public int Reads { get; private set; }

    public int Cancels { get; private set; }

    public int PageSize { get; set; } = int.MaxValue;

    /// <summary>What the next turn answers at once; null: the test commits tokens itself.</summary>
    public (string[] Texts, FinishReason Reason)? Answer { get; set; }

    /// <summary>The next calls fail, with one of these each.</summary>
    public void FailWith(params Exception[] faults)
    {
        lock (_lock) foreach (var fault in faults) _faults.Enqueue(fault);
    }

    public void Commit(params string[] texts)
    {
        lock (_lock)
        {
            foreach (var text in texts) _events.Add(new() { Seq = _events.Count, Choice = 0, TokenId = text.Length, Text = text });
            Change();
        }
    }

    public void Finish(FinishReason reason = FinishReason.Stop)
    {
        lock (_lock)
        {
            _events.Add(new() { Seq = _events.Count, Choice = 0, TokenId = -1, Text = "", FinishReason = reason });
            _done = true;
            Change();
        }
    }

    /// <summary>The batch that the conversation would publish.</summary>
    public TokenBatch Batch(int from, int count, bool done = false)
    {
        lock (_lock) return new(Key, _events.Slice(from, count), done);
    }

    public TurnInfo Start(TurnRequest request)
    {
        lock (_lock)
        {
            ThrowFault();
            Requests.Add(request);
            _done = false;
        }

        var first = _events.Count;
        if (Answer is { } answer)
        {
            Commit(answer.Texts);
            Finish(answer.Reason);
        }

        return Info(request.Model, first);
    }

    public TurnInfo Turn()
    {
        lock (_lock)
        {
            if (Requests.Count == 0) throw new InferenceException(InferenceError.ConversationNotFound, "no such conversation");
            return Info(Requests[^1].Model, 0);
        }
    }

    public async Task<TokenPage> ReadAsync(long fromSeq, int waitMs, CancellationToken cancellationToken)
    {
        Task changed;
        lock (_lock)
        {
            Reads++;
            _read.TrySetResult();
            ThrowFault();
            if (fromSeq < _events.Count || _done || waitMs == 0) return Page(fromSeq);
            changed = _changed.Task;
        }

        await changed.WaitAsync(TimeSpan.FromMilliseconds(waitMs), cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return Page(fromSeq);
    }

    public void Cancel()
    {
        lock (_lock) Cancels++;
        Finish(FinishReason.Abort);
    }

    /// <summary>Somebody has read, since this was called last.</summary>
    public async Task WaitForReadAsync()
    {
        await _read.Task.WaitAsync(Hang.Limit);
        lock (_lock) _read = New();
    }

    void ThrowFault()
    {
        if (_faults.TryDequeue(out var fault)) throw fault;
    }

    TokenPage Page(long fromSeq)
    {
        var events = _events.Skip((int)fromSeq).Take(PageSize).ToArray();
        var done = _done && fromSeq + events.Length == _events.Count;
        return new() { Events = events, Done = done, Usage = done ? new(7, _events.Count, 3) : null };
    }

    void Change()
    {
        _changed.TrySetResult();
        _changed = New();
    }

    static TurnInfo Info(string model, long firstSeq) => new()
    {
        Model = model.Length > 0 ? model : "served",
        FirstSeq = firstSeq,
        Created = Created,
        Seed = 1,
        SystemFingerprint = "fp",
        PromptTokens = 7,
        N = 1,
    };

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
