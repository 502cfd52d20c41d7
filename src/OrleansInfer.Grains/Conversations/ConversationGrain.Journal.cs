using Microsoft.Extensions.Logging;
using OrleansInfer.Abstractions;
using Orleans.EventSourcing.CustomStorage;

namespace OrleansInfer.Grains;

/// <summary>How a conversation comes by its journal.</summary>
sealed partial class ConversationGrain : ICustomStorageInterface<ConversationState, ConversationEvent>
{
    JournalException? _fault;
    bool _leaving;

    public async Task<KeyValuePair<int, ConversationState>> ReadStateFromStorage()
    {
        // The base class asks again and again until it has an answer. After a write that was refused or failed, a version beyond the real
        // one makes it give up that write; this activation then leaves, and nobody looks at the version again.
        if (_leaving) return new(Version + 1, State);
        try
        {
            return await Replay();
        }
        catch (JournalException e)
        {
            _fault = e;
            return new(0, new());
        }
    }

    public async Task<bool> ApplyUpdatesToStorage(IReadOnlyList<ConversationEvent> updates, int expectedVersion)
    {
        if (_leaving) return false;
        try
        {
            if (await _store.AppendAsync(new(Key, expectedVersion, updates.Count, _codec.Encode(updates), MarkOf(updates)))) return true;
            _metrics.Fenced();
            LogFenced(Key, expectedVersion);
        }
        catch (JournalException e)
        {
            _fault = e; // The store has tried again as long as that made sense.
        }
        _leaving = true;
        return false;
    }

    protected override void TransitionState(ConversationState state, ConversationEvent @event) => state.Apply(@event, _device.Model);

    /// <summary>Writes an event; then, and only then, readers and subscribers see it.</summary>
    /// <returns>False: it is not in the journal, and this activation has to leave.</returns>
    async Task<bool> Commit(ConversationEvent @event)
    {
        var before = State.NextSeq;
        if (_leaving || !await RaiseConditionalEvent(@event))
        {
            Leave();
            return false;
        }
        if (@event is TokensCommitted) _metrics.TokensCommitted(State.NextSeq - before);
        WakeReaders();
        if (@event is TokensCommitted or TurnEnded) _publisher?.Notify();
        return true;
    }

    /// <summary>The conversation goes on elsewhere, or on the next call: what this activation holds is no longer the truth.</summary>
    void Leave()
    {
        LetGo();
        DeactivateOnIdle();
    }

    void LetGo()
    {
        _leaving = true;
        _run?.Stop();
        WakeReaders();
    }

    /// <summary>
    /// A reader that is ahead of this activation has read from another: when silos come and go there are two for a moment, and the one
    /// that others write past has to go. Its own next write would find that out, but the reader is here now.
    /// </summary>
    async Task LeaveIfOutrun()
    {
        try
        {
            if ((await Replay()).Value.NextSeq <= State.NextSeq) return;
        }
        catch (JournalException e)
        {
            throw Refusal.Unavailable(e);
        }
        Leave();
        throw Refusal.GoesOnElsewhere();
    }

    async Task<TokenPage> ReadFromJournal(long fromSeq)
    {
        var turn = State.PastTurnAt(fromSeq) ?? throw Refusal.NotFound();
        try
        {
            var events = turn.Replay(await _store.ReadAsync(Key, turn.FirstVersion, turn.EndVersion), _codec, _device.Model);
            var end = Math.Min(events.NextSeq, fromSeq + _options.MaxPageSize);
            return events.Page(fromSeq, end, events.NextSeq, turn.Info.Usage);
        }
        catch (JournalException e)
        {
            throw Refusal.Unavailable(e);
        }
    }

    async Task<KeyValuePair<int, ConversationState>> Replay()
    {
        var state = new ConversationState();
        var version = 0;
        foreach (var entry in await _store.ReadAsync(Key))
        {
            foreach (var @event in _codec.Decode(entry.Data)) state.Apply(@event, _device.Model);
            version += entry.Count;
        }
        return new(version, state);
    }

    /// <summary>Metadata may come between the events of a turn, and be written together with one of them.</summary>
    static ConversationMark? MarkOf(IReadOnlyList<ConversationEvent> updates) =>
        updates.Select(MarkOf).LastOrDefault(mark => mark is not null);

    static ConversationMark? MarkOf(ConversationEvent update) => update switch
    {
        TurnStarted => new(Running: true, ExpiresAt: null),
        TurnEnded ended => new(Running: false, ended.ExpiresAt),
        ConversationCreated created => new(Running: false, created.ExpiresAt),
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Conversation} has a newer writer at version {Version}: this activation stops.")]
    partial void LogFenced(string conversation, int version);
}
