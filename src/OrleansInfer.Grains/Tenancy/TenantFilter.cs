using System.Text;
using OrleansInfer.Abstractions;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// Lets a call reach a conversation only for the tenant it belongs to. Someone else's conversation looks like one that does not exist.
/// </summary>
/// <remarks>All calls of a silo pass here, timers and load reports too: what is not a conversation's goes through untouched.</remarks>
sealed class TenantFilter : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType == typeof(IConversationGrain)) Check(context.TargetId);
        return context.Invoke();
    }

    static void Check(GrainId target)
    {
        var key = target.Key.AsSpan();
        var slash = key.IndexOf((byte)'/');
        if (slash <= 0 || slash == key.Length - 1)
            throw new InferenceException(InferenceError.InvalidRequest, "The key of a conversation is \"{tenant}/{conversation}\".");
        var tenant = RequestContext.Get(ConversationKey.TenantContextKey) as string ?? ConversationKey.DefaultTenant;
        if (!Matches(key[..slash], tenant)) throw Refusal.NotFound();
    }

    static bool Matches(ReadOnlySpan<byte> utf8, string tenant)
    {
        Span<byte> buffer = stackalloc byte[256];
        return Encoding.UTF8.TryGetBytes(tenant, buffer, out var written) && utf8.SequenceEqual(buffer[..written]);
    }
}
