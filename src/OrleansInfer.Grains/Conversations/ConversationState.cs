using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>
/// A conversation as its journal tells it. Everything here follows from the events alone, so that a replay shows a reader the very same
/// events, with the same sequence numbers and the same text.
/// </summary>
/// <remarks>Marked immutable although it is not: the journaling base class deep-copies the empty state once, and must never copy a
/// full one.</remarks>
[Immutable]
sealed class ConversationState
{
    readonly List<TurnSummary> _ended = [];
    readonly List<ChatMessage> _messages = [];
    readonly EventLog _events = new();

    /// <summary>The turn that runs or ended last.</summary>
    public Turn? Turn { get; private set; }

    /// <summary>The messages of the turns that have ended, and their answers.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>Sequence number of the next event.</summary>
    public long NextSeq => _events.NextSeq;

    /// <summary>The first event that is still in memory; earlier ones have to be read from the journal.</summary>
    public long FirstSeqKept => _events.FirstSeq;

    /// <summary>When the conversation may be forgotten; null while a turn runs, or never.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>A turn was accepted and its end is not in the journal.</summary>
    public bool IsRunning => Turn is { Ended: false };

    /// <param name="keepAll">False: events of turns before the last may be dropped from memory.</param>
    public void Apply(ConversationEvent @event, ServedModel model, bool keepAll = false)
    {
        switch (@event)
        {
            case TokensCommitted tokens:
                foreach (var choice in tokens.Choices) Turn!.Append(choice, _events);
                break;
            case TurnStarted started:
                if (!keepAll) _events.DropAll();
                Turn = new Turn(started, NextSeq, started.Model == model.Name ? model.Tokenizer : null);
                ExpiresAt = null;
                break;
            case TurnEnded ended:
                End(Turn!, ended);
                break;
        }
    }

    /// <summary>Events from <paramref name="fromSeq"/> on, to the end of the turn they belong to. A page never reaches into the next
    /// turn.</summary>
    public TokenPage Page(long fromSeq, int limit)
    {
        foreach (var turn in _ended) // few, and in order
            if (fromSeq < turn.EndSeq)
                return _events.Page(fromSeq, Math.Min(turn.EndSeq, fromSeq + limit), turn.EndSeq, turn.Usage);
        var end = Turn is { IsFinished: true } ? NextSeq : long.MaxValue;
        return _events.Page(fromSeq, Math.Min(NextSeq, fromSeq + limit), end, Turn?.Usage);
    }

    void End(Turn turn, TurnEnded ended)
    {
        turn.End(ended.Answers);
        ExpiresAt = ended.ExpiresAt;
        _ended.Add(new(NextSeq, turn.Usage));
        if (turn.Started.Request.Messages is not { } asked) return;
        _messages.AddRange(asked);
        _messages.Add(new("assistant", ended.Answers[0]));
    }

    readonly record struct TurnSummary(long EndSeq, TurnUsage Usage);
}
