using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains;

/// <summary>A turn that has ended: what is told of it, and where its events stand in the journal.</summary>
/// <param name="FirstVersion">Number of the journal's events before it.</param>
/// <param name="EndVersion">Number of the journal's events up to its end.</param>
sealed record PastTurn(TurnInfo Info, int FirstVersion, int EndVersion)
{
    /// <summary>Its events once more.</summary>
    /// <param name="journal">What was appended from <see cref="FirstVersion"/> to <see cref="EndVersion"/>.</param>
    public EventLog Replay(IEnumerable<JournalEntry> journal, EventCodec codec, ServedModel model)
    {
        var log = new EventLog(Info.FirstSeq);
        Turn? turn = null;
        foreach (var entry in journal)
        {
            foreach (var @event in codec.Decode(entry.Data))
            {
                if (@event is TurnStarted started) turn = new(started, default, model.TokenizerOf(started));
                else if (@event is TokensCommitted tokens) turn?.Append(tokens, log);
            }
        }
        return log;
    }
}
