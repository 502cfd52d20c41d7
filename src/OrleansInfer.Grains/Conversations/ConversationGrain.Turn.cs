using Microsoft.Extensions.Logging;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;

namespace OrleansInfer.Grains;

/// <summary>The running turn: generated, committed, and only then shown.</summary>
sealed partial class ConversationGrain
{
    Task _work = Task.CompletedTask; // the one writer of the journal; never faults
    volatile TurnRun? _run;
    CancellationTokenSource? _abandoned; // not null: the turn is parked
    long _lastRead; // when somebody last asked for its tokens, or could not have yet

    /// <summary>Goes on with an unfinished turn that nobody works on: after a crash, or after it was parked.</summary>
    void TakeUp()
    {
        if (!State.IsRunning || !_work.IsCompleted || _leaving) return;
        if (_device.IsClosed)
        {
            MoveTo(null);
            return;
        }
        ForgetParking();
        _lastRead = _time.GetTimestamp();
        _work = Guard(() => Resume(State.Turn!));
    }

    /// <summary>A bug must not leave a turn that seems to run and does not.</summary>
    async Task Guard(Func<Task> work)
    {
        _device.Turns.Enter(this);
        try
        {
            await work();
        }
        catch (Exception e)
        {
            LogFailed(e, Key);
            Leave();
        }
        finally
        {
            _device.Turns.Leave(this);
        }
    }

    /// <summary>Commits what the engine gives until the turn has ended, or is stopped and stays unfinished in the journal.</summary>
    async Task Generate(TurnRun run, Task<bool> accepted)
    {
        _run = run;
        DelayDeactivation(TimeSpan.MaxValue);
        try
        {
            if (!await accepted) return;
            while (!run.IsStopped && !State.Turn!.IsFinished)
            {
                await run.WaitAsync();
                if (run.Drain() is not { } tokens) continue;
                if (!await Commit(tokens)) return;
                run.AbortEnded(State.Turn);
                if (IsForsaken) break;
            }
            if (State.Turn!.IsFinished) await End();
            else if (!run.IsStopped) Forsake();
        }
        finally
        {
            _run = null;
            run.Dispose();
        }
    }

    /// <summary>Its readers have gone without saying so: with their server, for one.</summary>
    bool IsForsaken => State.Turn is { IsFinished: false, Started.Request.ReadWithin: { } limit }
        && _time.GetElapsedTime(_lastRead) > limit;

    void Forsake()
    {
        LogForsaken(Key);
        Abandon();
    }

    /// <summary>The turn waits for a reader, but not for ever.</summary>
    void Abandon()
    {
        if (_abandoned is null) _ = CancelWhenAbandoned(_abandoned = new());
    }

    async Task Resume(Turn turn)
    {
        if (turn.IsFinished)
        {
            await End();
            return;
        }
        LogResumed(Key, turn.Started.PromptTokenIds.Length, turn.Usage.CompletionTokens);
        if (turn.Started.SystemFingerprint != _device.Model.SystemFingerprint)
            LogOtherFingerprint(Key, turn.Started.SystemFingerprint, _device.Model.SystemFingerprint);
        using var run = _run = new TurnRun(
            turn.Choices.Count, turn.Started.PromptTokenIds.Length + turn.Usage.CompletionTokens);
        try
        {
            if (turn.Started.Model != _device.Model.Name)
                throw new InferenceException(InferenceError.ModelNotFound, $"The model {turn.Started.Model} is no longer served.");
            await SubmitWhenThereIsRoom(run, turn);
        }
        catch (InferenceException e)
        {
            LogLost(Key, e.Message);
            _run = null;
            await Finish(FinishReason.Error);
            return;
        }
        _metrics.TurnResumed();
        await Generate(run, Task.FromResult(true));
    }

    /// <summary>The turn was accepted long ago: it is not refused now because the engine is full.</summary>
    async Task SubmitWhenThereIsRoom(TurnRun run, Turn turn)
    {
        while (!run.IsStopped)
        {
            try
            {
                run.Attach(_device.Submit(turn, Tenant));
                return;
            }
            catch (EngineOverloadedException e)
            {
                await run.DelayAsync(e.RetryAfter, _time);
            }
        }
    }

    /// <summary>Ends all choices that have not ended.</summary>
    async Task Finish(FinishReason reason)
    {
        ForgetParking();
        var open = new List<ChoiceTokens>();
        foreach (var choice in State.Turn!.Choices)
            if (choice.FinishReason is null) open.Add(new() { Choice = choice.Index, TokenIds = [], FinishReason = reason });
        if (await Commit(new TokensCommitted([.. open]))) await End();
    }

    async Task End()
    {
        var turn = State.Turn!;
        var answers = turn.Choices.Select(choice => choice.Answer).ToArray();
        var now = _time.GetUtcNow();
        var expiresAt = State.Named ? null : now + turn.Started.Request.Retention;
        if (!await Commit(new TurnEnded(expiresAt, answers, now))) return;
        _metrics.TurnEnded();
        _hops = 0;
        DelayDeactivation(TimeSpan.Zero); // Nothing is left to do: idle collection may take it.
    }

    async Task CancelWhenAbandoned(CancellationTokenSource abandoned)
    {
        try
        {
            var retention = State.Turn!.Started.Request.Retention;
            await Task.Delay(retention < _options.ParkedFor ? retention.Value : _options.ParkedFor, _time, abandoned.Token);
            LogAbandoned(Key);
            await Cancel(turn: null);
        }
        catch (Exception e) when (e is OperationCanceledException or InferenceException)
        {
            // A reader came back, or the conversation leaves this silo.
        }
        finally
        {
            if (_abandoned == abandoned) _abandoned = null;
            abandoned.Dispose();
        }
    }

    void ForgetParking()
    {
        _abandoned?.Cancel();
        _abandoned = null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Conversation} goes on: {Prompt} prompt tokens, {Committed} committed.")]
    partial void LogResumed(string conversation, int prompt, int committed);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "{Conversation} was begun under {Old} and goes on under {New}: its tokens may differ.")]
    partial void LogOtherFingerprint(string conversation, string old, string @new);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Conversation} cannot go on and ends with an error: {Reason}")]
    partial void LogLost(string conversation, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Conversation} was parked and no reader came back: cancelled.")]
    partial void LogAbandoned(string conversation);

    [LoggerMessage(Level = LogLevel.Information, Message = "Nobody reads {Conversation}: it is parked.")]
    partial void LogForsaken(string conversation);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Conversation} failed; its journal is safe, and the next reader takes it up.")]
    partial void LogFailed(Exception e, string conversation);
}
