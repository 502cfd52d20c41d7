using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>
/// A conversation as its journal tells it. Everything here follows from the events alone, so that a replay shows a reader the very same
/// events, with the same sequence numbers and the same text, and the same items and turns with the same numbers.
/// </summary>
/// <remarks>Marked immutable although it is not: the journaling base class deep-copies the empty state once, and must never copy a
/// full one.</remarks>
[Immutable]
sealed class ConversationState
{
    readonly List<PastTurn?> _past = []; // by number; null: deleted
    readonly EventLog _events = new();
    readonly ItemList _items = new();
    DateTimeOffset? _created;
    Dictionary<string, string> _metadata = [];
    int _version; // events applied

    /// <summary>It was made, or has a turn.</summary>
    public bool Exists => _created is not null;

    /// <summary>The turn that runs or ended last. Null: there was none, or it was deleted.</summary>
    public Turn? Turn { get; private set; }

    /// <summary>Turns begun, those deleted included.</summary>
    public int NumTurns => _past.Count + (IsRunning ? 1 : 0);

    /// <summary>Its first turn was a raw prompt, and it takes no other.</summary>
    public bool IsRaw { get; private set; }

    public bool Named { get; private set; }

    public ItemList Items => _items;

    /// <summary>Behind the last item that is not a running turn's.</summary>
    public long EndOfItems => IsRunning ? Turn!.Place.FirstItem : _items.Next;

    /// <summary>The messages of the turns that have ended, their answers, and those added by hand.</summary>
    public IReadOnlyList<ChatMessage> Messages => _items.MessagesBefore(EndOfItems);

    /// <summary>Sequence number of the next event.</summary>
    public long NextSeq => _events.NextSeq;

    /// <summary>The first event that is still in memory; earlier ones have to be read from the journal.</summary>
    public long FirstSeqKept => _events.FirstSeq;

    /// <summary>When the conversation may be forgotten; null while a turn runs, or never.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>A turn was accepted and its end is not in the journal.</summary>
    public bool IsRunning => Turn is { Ended: false };

    public ConversationInfo Info => new()
    {
        Created = _created!.Value, Named = Named, Metadata = new Dictionary<string, string>(_metadata), Turns = NumTurns,
    };

    /// <summary>No turn but this one is left.</summary>
    public bool IsLastLeft(int number) => !_past.Where((turn, i) => turn is not null && i != number).Any();

    /// <returns>Null: it was deleted, or never was.</returns>
    public TurnInfo? InfoOf(int number) =>
        IsRunning && number == _past.Count ? Turn!.Info : number >= 0 && number < _past.Count ? _past[number]?.Info : null;

    /// <returns>Null: it was deleted, or has not ended.</returns>
    public PastTurn? PastTurnAt(long seq) => _past.Find(turn => turn is not null && seq >= turn.Info.FirstSeq && seq < turn.Info.EndSeq);

    public void Apply(ConversationEvent @event, ServedModel model)
    {
        switch (@event)
        {
            case TokensCommitted tokens: Turn!.Append(tokens, _events); break;
            case TurnStarted started: Begin(started, model); break;
            case TurnEnded ended: End(Turn!, ended); break;
            case ConversationCreated created: Make(created); break;
            case MetadataSet set: _metadata = set.Metadata; break;
            case ItemsAdded added: _items.AddByRequest(added.Items, added.Request); break;
            case ItemDeleted deleted: _items.Delete(deleted.Number); break;
            case TurnDeleted deleted: Delete(deleted.Turn); break;
        }
        _version++;
    }

    /// <summary>Events of the last turn from <paramref name="fromSeq"/> on, or from its first where that is later.</summary>
    public TokenPage Page(long fromSeq, int limit)
    {
        var from = Math.Max(fromSeq, FirstSeqKept);
        return _events.Page(from, Math.Min(NextSeq, from + limit), Turn is { IsFinished: true } ? NextSeq : long.MaxValue, Turn?.Usage);
    }

    void Make(ConversationCreated created)
    {
        (_created, _metadata, Named, ExpiresAt) = (created.Created, created.Metadata, created.Named, created.ExpiresAt);
        _items.Add(created.Items, ConversationItem.NoTurn);
    }

    void Begin(TurnStarted started, ServedModel model)
    {
        _created ??= started.Created;
        _events.DropAll();
        var number = _past.Count;
        Turn = new Turn(started, new(number, NextSeq, _items.Next, _version), model.TokenizerOf(started));
        ExpiresAt = null;
        IsRaw |= started.Request.Messages is null;
        _items.Add(started.Request.Messages ?? [], number);
    }

    void End(Turn turn, TurnEnded ended)
    {
        turn.End(ended);
        ExpiresAt = ended.ExpiresAt;
        if (!IsRaw) _items.Add([new("assistant", ended.Answers[0])], turn.Place.Number);
        _past.Add(new(turn.Info, turn.Place.Version, _version + 1));
    }

    void Delete(int number)
    {
        _past[number] = null;
        if (number < _past.Count - 1 || IsRunning) return;
        Turn = null;
        _events.DropAll();
    }
}
