using System.Collections.Concurrent;

namespace OrleansInfer.Grains;

/// <summary>The conversations of this silo whose turn is running, for those who move them to another. Any thread.</summary>
sealed class LocalTurns
{
    readonly ConcurrentDictionary<ConversationGrain, LocalTurn> _running = new();

    public bool IsEmpty => _running.IsEmpty;

    public IEnumerable<LocalTurn> Running => _running.Select(entry => entry.Value);

    public void Enter(ConversationGrain conversation) => _running.TryAdd(conversation, new(conversation));

    public void Leave(ConversationGrain conversation) => _running.TryRemove(conversation, out _);
}
