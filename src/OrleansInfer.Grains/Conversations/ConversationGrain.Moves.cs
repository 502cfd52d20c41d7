using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace OrleansInfer.Grains;

/// <summary>How a conversation goes to another silo: its journal is all it takes along.</summary>
sealed partial class ConversationGrain : IGrainMigrationParticipant
{
    /// <summary>A turn that is refused, or waits, goes to another silo at most so often.</summary>
    public const int MaxHops = 2;

    const string HopsKey = "oi.hops";

    int _hops; // of the turn that runs or is being asked for

    /// <summary>The turn if it waits for room, and how often it has been moved for that. Any thread.</summary>
    public (TurnRun Run, int Hops)? Waiting => _run is { IsStopped: false, IsWaiting: true } run ? (run, _hops) : null;

    public void OnDehydrate(IDehydrationContext context) => context.TryAddValue(HopsKey, _hops);

    public void OnRehydrate(IRehydrationContext context) => context.TryGetValue(HopsKey, out _hops);

    /// <summary>A running turn goes on at another silo, because this one leaves. Any thread.</summary>
    public void Move() => OnScheduler(() =>
    {
        if (State.Turn is { IsFinished: false }) MoveTo(null);
    });

    /// <summary>A turn that waits here goes to a silo that has room, unless its turn has come meanwhile. Any thread.</summary>
    public void Hop(SiloAddress to) => OnScheduler(() =>
    {
        if (State.Turn is { IsFinished: false } && Waiting is not null) HopTo(to);
    });

    /// <summary>The engine has no place for a turn, not even to wait.</summary>
    /// <returns>Another has, and the conversation goes there.</returns>
    bool HopFrom(Turn refused)
    {
        if (_hops < MaxHops && _device.FindRoomElsewhere(refused.Started.PromptTokenIds.Length) is { } silo)
        {
            HopTo(silo);
            return true;
        }
        _hops = 0;
        return false;
    }

    void HopTo(SiloAddress silo)
    {
        if (_leaving) return;
        _hops++;
        _metrics.Hopped();
        MoveTo(silo);
    }

    /// <summary>Calls that come from now on wait, and are answered there.</summary>
    /// <param name="to">Null: wherever there is room.</param>
    void MoveTo(SiloAddress? to)
    {
        if (_leaving) return;
        LetGo();
        _metrics.Moved();
        GrainContext.Migrate(to is null ? [] : new() { [IPlacementDirector.PlacementHintKey] = to });
    }

    void OnScheduler(Action action) =>
        _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, _scheduler);
}
