namespace OrleansInfer.Grains;

/// <summary>
/// The prefixes that are probably in a device's KV cache: those used last, as many as it has room for. The cache evicts by the same rule,
/// but its blocks are named by tokens, which a placement does not know. Any thread.
/// </summary>
/// <param name="capacity">Tokens that the KV cache holds.</param>
sealed class WarmPrefixes(long capacity)
{
    /// <summary>Bounds a report to 16 KiB.</summary>
    public const int MaxKeys = 4_096;

    readonly Lock _lock = new();
    readonly LinkedList<(uint Key, int Tokens)> _byUse = new(); // newest first
    readonly Dictionary<uint, LinkedListNode<(uint Key, int Tokens)>> _nodes = [];
    long _tokens;

    /// <summary>A prompt with these keys (<see cref="PromptPrefix"/>) is being computed.</summary>
    public void Use(ReadOnlySpan<uint> keys)
    {
        lock (_lock)
        {
            // The longest first, so that a chain loses its tail before its head.
            for (var i = keys.Length - 1; i >= 0; i--) Use(keys[i], PromptPrefix.LengthOf(i) - (i == 0 ? 0 : PromptPrefix.LengthOf(i - 1)));
            while (_tokens > capacity || _nodes.Count > MaxKeys) Forget(_byUse.Last!);
        }
    }

    /// <summary>All keys, in ascending order.</summary>
    public uint[] Sorted()
    {
        uint[] keys;
        lock (_lock) keys = [.. _nodes.Keys];
        Array.Sort(keys);
        return keys;
    }

    void Use(uint key, int tokens)
    {
        if (_nodes.TryGetValue(key, out var known)) Forget(known);
        _nodes.Add(key, _byUse.AddFirst((key, tokens)));
        _tokens += tokens;
    }

    void Forget(LinkedListNode<(uint Key, int Tokens)> node)
    {
        _byUse.Remove(node);
        _nodes.Remove(node.Value.Key);
        _tokens -= node.Value.Tokens;
    }
}
