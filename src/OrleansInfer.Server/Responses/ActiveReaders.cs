using System.Runtime.InteropServices;

namespace OrleansInfer.Server;

/// <summary>Who reads what on this server: a conversation is parked when its last reader goes away, not before.</summary>
internal sealed class ActiveReaders
{
    readonly Dictionary<string, int> _readers = [];
    readonly Lock _lock = new();

    public void Enter(string key)
    {
        lock (_lock) CollectionsMarshal.GetValueRefOrAddDefault(_readers, key, out _)++;
    }

    /// <returns>Whether it was the last one.</returns>
    public bool Leave(string key)
    {
        lock (_lock)
        {
            if (--CollectionsMarshal.GetValueRefOrNullRef(_readers, key) > 0) return false;
            return _readers.Remove(key);
        }
    }
}
