namespace OrleansInfer.Abstractions;

/// <summary>
/// The key of a conversation grain, "{tenant}/{conversation}". A call reaches it only with its tenant in the request context under
/// <see cref="TenantContextKey"/>; a call without one speaks for <see cref="DefaultTenant"/>. The HTTP edge alone decides whom a caller
/// speaks for.
/// </summary>
public readonly record struct ConversationKey(string Tenant, string Conversation)
{
    /// <summary>The tenant of a service that knows no others.</summary>
    public const string DefaultTenant = "default";

    /// <summary>Where <c>RequestContext</c> carries the tenant of a call.</summary>
    public const string TenantContextKey = "oi.tenant";

    /// <summary>
    /// Where <c>RequestContext</c> carries keys (uint[]) of how a prompt begins, shortest prefix first: a conversation is placed where
    /// most of it is in the KV cache, and together with those that begin like it.
    /// </summary>
    public const string PrefixContextKey = "oi.prefix";

    public override string ToString() => $"{Tenant}/{Conversation}";

    /// <summary>Takes a key apart; the tenant ends at the first slash.</summary>
    /// <returns>Null where a part is missing.</returns>
    public static ConversationKey? TryParse(string key)
    {
        var slash = key.IndexOf('/');
        return slash > 0 && slash < key.Length - 1 ? new(key[..slash], key[(slash + 1)..]) : null;
    }

    /// <summary>The tenant of a key; <see cref="DefaultTenant"/> where it names none.</summary>
    public static string TenantOf(string key) => TryParse(key)?.Tenant ?? DefaultTenant;
}
