using System.Threading.Channels;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;

namespace OrleansInfer.Grains;

/// <summary>What the engine of this silo is doing for a turn. All of it runs on the conversation's own scheduler.</summary>
sealed class TurnRun : IDisposable
{
    readonly Generation?[] _generations; // by choice; null: ended
    readonly Task<bool>?[] _waits;
    readonly List<ChoiceTokens> _drained = [];
    readonly List<int> _tokenIds = [];
    readonly List<TokenLogprobs> _logprobs = [];
    readonly CancellationTokenSource _stop = new();

    int _tokens;

    /// <param name="tokens">Of the prompt and all choices so far.</param>
    public TurnRun(int choices, int tokens) =>
        (_generations, _waits, _tokens) = (new Generation[choices], new Task<bool>[choices], tokens);

    /// <summary>How many tokens have to find room, a choice at a time. Any thread.</summary>
    public int Tokens => Volatile.Read(ref _tokens);

    /// <summary>The engine works on none of its choices. Any thread.</summary>
    public bool IsWaiting => Array.TrueForAll(_generations, static generation => generation is null or { IsWaiting: true });

    /// <summary>Somebody asked for the end, or the engine stopped: tokens that are not committed by now are dropped.</summary>
    public bool IsStopped => _stop.IsCancellationRequested;

    /// <summary>Takes over what the engine has accepted.</summary>
    public void Attach(Generation[] generations)
    {
        foreach (var generation in generations) _generations[generation.Request.Choice] = generation;
    }

    /// <summary>Waits for a better moment, or until the run is stopped.</summary>
    public Task DelayAsync(TimeSpan delay, TimeProvider time) =>
        Task.Delay(delay, time, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Current);

    /// <summary>Returns when there are tokens, when a generation has ended, or when the run is stopped.</summary>
    public async Task WaitAsync()
    {
        try
        {
            var more = _generations.Length == 1
                ? await _generations[0]!.Tokens.WaitToReadAsync(_stop.Token)
                : await await Task.WhenAny(Waits());
            if (!more) Stop();
        }
        catch (Exception e) when (e is OperationCanceledException or EngineStoppedException)
        {
            Stop();
        }
    }

    /// <summary>Takes all that the engine has given since the last time. Null: nothing.</summary>
    public TokensCommitted? Drain()
    {
        _drained.Clear();
        for (var i = 0; i < _generations.Length; i++)
            if (_generations[i] is { } generation && Drain(i, generation.Tokens) is { } tokens) _drained.Add(tokens);
        return _drained.Count == 0 || IsStopped ? null : new TokensCommitted([.. _drained]);
    }

    /// <summary>A choice can end by its text, which the engine does not know: it is told here.</summary>
    public void AbortEnded(Turn turn)
    {
        for (var i = 0; i < _generations.Length; i++)
            if (_generations[i] is { } generation && turn.Choices[i].FinishReason is not null) Close(i, generation);
    }

    /// <summary>The blocks of all choices are free before the engine's next step.</summary>
    public void Stop()
    {
        if (IsStopped) return;
        _stop.Cancel();
        for (var i = 0; i < _generations.Length; i++)
            if (_generations[i] is { } generation) Close(i, generation);
    }

    public void Dispose()
    {
        Stop();
        _stop.Dispose();
    }

    void Close(int choice, Generation generation)
    {
        generation.Abort();
        _generations[choice] = null;
    }

    // A wait that has not come to its end is taken up again: a channel has one reader, and it may wait once.
    List<Task<bool>> Waits()
    {
        var waits = new List<Task<bool>>(_generations.Length);
        for (var i = 0; i < _generations.Length; i++)
        {
            if (_generations[i] is not { } generation) continue;
            if (_waits[i] is null or { IsCompleted: true }) _waits[i] = generation.Tokens.WaitToReadAsync(_stop.Token).AsTask();
            waits.Add(_waits[i]!);
        }
        return waits;
    }

    ChoiceTokens? Drain(int choice, ChannelReader<GeneratedToken> reader)
    {
        _tokenIds.Clear();
        _logprobs.Clear();
        var cached = 0;
        FinishReason? finish = null;
        while (finish is null && reader.TryRead(out var token))
        {
            if (token.TokenId >= 0) _tokenIds.Add(token.TokenId);
            if (token.TokenId >= 0 && token.Logprobs is { } logprobs) _logprobs.Add(logprobs);
            (finish, cached) = (token.FinishReason, token.NumCachedTokens);
        }
        Volatile.Write(ref _tokens, _tokens + _tokenIds.Count);
        if (finish is not null) _generations[choice] = null;
        if (finish is null && _tokenIds.Count == 0) return null;
        return new()
        {
            Choice = choice,
            TokenIds = [.. _tokenIds],
            Logprobs = _logprobs.Count == 0 ? null : [.. _logprobs],
            FinishReason = finish,
            CachedTokens = cached,
        };
    }
}
