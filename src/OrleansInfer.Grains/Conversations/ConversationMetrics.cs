using System.Diagnostics.Metrics;

namespace OrleansInfer.Grains;

/// <summary>What conversations do, on the meter "OrleansInfer".</summary>
sealed class ConversationMetrics
{
    readonly Counter<long> _started, _resumed, _ended, _tokens, _fenced, _expired, _moved, _hopped;

    public ConversationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("OrleansInfer");
        _started = meter.CreateCounter<long>("oi.turns.started", "{turn}");
        _resumed = meter.CreateCounter<long>("oi.turns.resumed", "{turn}", "Turns taken up again behind what their journal held");
        _ended = meter.CreateCounter<long>("oi.turns.ended", "{turn}");
        _tokens = meter.CreateCounter<long>("oi.tokens.committed", "{token}");
        _fenced = meter.CreateCounter<long>("oi.conversations.fenced", "{activation}", "Activations that found a newer writer");
        _moved = meter.CreateCounter<long>("oi.conversations.moved", "{conversation}", "Handed to another silo, for whatever reason");
        _hopped = meter.CreateCounter<long>("oi.conversations.hopped", "{conversation}", "Moved because there was no room here");
        _expired = meter.CreateCounter<long>("oi.conversations.expired", "{conversation}");
    }

    public void TurnStarted() => _started.Add(1);

    public void TurnResumed() => _resumed.Add(1);

    public void TurnEnded() => _ended.Add(1);

    public void TokensCommitted(long count) => _tokens.Add(count);

    public void Moved() => _moved.Add(1);

    public void Hopped() => _hopped.Add(1);

    public void Fenced() => _fenced.Add(1);

    public void Expired(int count) => _expired.Add(count);
}
