using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace OrleansInfer.Grains;

/// <summary>How a conversation goes to another silo: its journal is all it takes along.</summary>
sealed partial class ConversationGrain
{
    /// <summary>A running turn goes on at another silo. Any thread.</summary>
    /// <param name="to">Null: wherever there is room.</param>
    public void Move(SiloAddress? to) => _ = Task.Factory.StartNew(
        () =>
        {
            if (State.Turn is { IsFinished: false }) MoveTo(to);
        },
        CancellationToken.None, TaskCreationOptions.None, _scheduler);

    /// <summary>Calls that come from now on wait, and are answered there.</summary>
    void MoveTo(SiloAddress? to)
    {
        if (_leaving) return;
        LetGo();
        GrainContext.Migrate(to is null ? [] : new() { [IPlacementDirector.PlacementHintKey] = to });
    }
}
