using System.Collections.Concurrent;

namespace OrleansInfer.Grains;

/// <summary>The conversations of this silo whose turn is running, for those who move them to another. Any thread.</summary>
sealed class LocalTurns
{
    readonly ConcurrentDictionary<ConversationGrain, bool> _running = new();

    public bool IsEmpty => _running.IsEmpty;

    public IEnumerable<ConversationGrain> Running => _running.Select(entry => entry.Key);

    public void Enter(ConversationGrain conversation) => _running.TryAdd(conversation, true);

    public void Leave(ConversationGrain conversation) => _running.TryRemove(conversation, out _);
}
