using OrleansInfer.Abstractions;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace OrleansInfer.Grains;

/// <summary>
/// Places conversations by what is known of the silos' devices (<see cref="PlacementRule"/>). It decides nothing finally: the engine of the
/// silo admits or refuses.
/// </summary>
sealed class KvPlacementDirector(KvLoadTable table, Random random) : IPlacementDirector
{
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    readonly PlacementRule _rule = new(random);

    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint) return Task.FromResult(hint);
        var prefix = PrefixOf(target);
        return Task.FromResult(prefix.IsEmpty ? PlaceAgain(silos, target.GrainIdentity.Key.ToString()!) : Place(silos, prefix));
    }

    /// <summary>Nothing is known of the prompt; a conversation that was here before goes to what it left in a KV cache.</summary>
    internal SiloAddress PlaceAgain(IReadOnlyList<SiloAddress> silos, string conversation)
    {
        uint[] own = [PromptPrefix.KeyOf(conversation)];
        return Place(silos, silos.Any(silo => table.Find(silo, own) is { WarmTokens: > 0 }) ? own : []);
    }

    /// <summary>Chooses a silo and counts the conversation as placed there.</summary>
    /// <exception cref="InferenceException">Every silo is shutting down.</exception>
    internal SiloAddress Place(IReadOnlyList<SiloAddress> silos, ReadOnlySpan<uint> prefix)
    {
        var chosen = Choose(silos, prefix);
        table.Reserve(chosen);
        return chosen;
    }

    internal SiloAddress Choose(IReadOnlyList<SiloAddress> silos, ReadOnlySpan<uint> prefix)
    {
        var candidates = new List<Candidate>(silos.Count);
        var accepting = new List<SiloAddress>(silos.Count);
        foreach (var silo in silos)
        {
            if (table.Find(silo, prefix) is not { } candidate) continue;
            candidates.Add(candidate);
            accepting.Add(silo);
        }
        // Not an OrleansException: those are retried, and the caller should hear at once.
        if (accepting.Count == 0)
        {
            throw new InferenceException(
                InferenceError.Unavailable, "All servers are shutting down or starting up.", retryAfter: RetryAfter);
        }
        return accepting[_rule.Choose([.. candidates], prefix)];
    }

    // A caller from outside may have set it to anything.
    static ReadOnlySpan<uint> PrefixOf(PlacementTarget target) =>
        target.RequestContextData?.TryGetValue(ConversationKey.PrefixContextKey, out var value) == true && value is uint[] keys
            ? keys.AsSpan(0, Math.Min(keys.Length, PromptPrefix.MaxKeys))
            : [];
}
