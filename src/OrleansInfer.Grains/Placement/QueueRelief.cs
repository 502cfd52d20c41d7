using Microsoft.Extensions.Options;

namespace OrleansInfer.Grains;

/// <summary>
/// Placement is a guess. A conversation that waits here, because it has not begun or gave way to others, moves to a silo that has room for
/// it: it has nothing in the KV cache to lose. It waits for a moment first, twice as long each time, and moves at most twice a turn; a silo
/// that one was sent to gets no other before it has reported. So they neither ping-pong nor go in herds.
/// </summary>
sealed class QueueRelief(DeviceEngine device, IOptions<ConversationOptions> options, TimeProvider time)
{
    /// <summary>Looks at all turns of this silo; to be called every few hundred milliseconds.</summary>
    public void Look()
    {
        var now = time.GetTimestamp();
        foreach (var turn in device.Turns.Running)
            if (turn.Conversation.Waiting is null) turn.WaitingSince = 0;
            else if (turn.WaitingSince == 0) turn.WaitingSince = now;
        foreach (var turn in device.Turns.Running.Where(turn => turn.WaitingSince > 0).OrderBy(turn => turn.WaitingSince))
        {
            if (turn.Conversation.Waiting is not var (run, hops) || hops == ConversationGrain.MaxHops) continue;
            if (time.GetElapsedTime(turn.WaitingSince, now) < options.Value.MoveAfter * (1 << hops)) continue;
            if (device.FindRoomElsewhere(run.Tokens) is not { } silo) return; // those who come after want no less
            turn.Conversation.Hop(silo);
        }
    }
}
