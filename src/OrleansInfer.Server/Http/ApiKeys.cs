using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Orleans.Runtime;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>
/// Who asks: "Authorization: Bearer KEY" to a tenant. Without any key configured everybody is the tenant "default". A tenant's
/// conversations and cached prefixes are its own.
/// </summary>
internal sealed class ApiKeys(RequestDelegate next, ServerOptions options)
{
    const string Scheme = "Bearer ";

    // Hashes have one length, so that the comparison takes one time whatever is presented.
    readonly (byte[] Hash, string Tenant)[] _keys =
    [
        .. options.ApiKeys.Select(key => (Hash(key), ConversationKey.DefaultTenant)),
        .. options.Tenants.SelectMany(tenant => tenant.Value.ApiKeys.Select(key => (Hash(key), tenant.Key))),
    ];

    public Task Invoke(HttpContext http)
    {
        var tenant = _keys.Length == 0 ? ConversationKey.DefaultTenant : Find(http.Request.Headers.Authorization.ToString());
        if (tenant is null && !IsProbe(http.Request.Path)) throw new ApiException(Refusal);
        http.Features.Set(new Tenant(tenant ?? ConversationKey.DefaultTenant));
        // Conversations let only their own tenant in; every call of this request says who asks.
        RequestContext.Set(ConversationKey.TenantContextKey, tenant ?? ConversationKey.DefaultTenant);
        return next(http);
    }

    public static string TenantOf(HttpContext http) => http.Features.GetRequiredFeature<Tenant>().Name;

    static ApiError Refusal => new(StatusCodes.Status401Unauthorized,
        "The API key is missing or wrong; send it as 'Authorization: Bearer KEY'.",
        "invalid_request_error", null, "invalid_api_key");

    string? Find(string authorization)
    {
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var presented = Hash(authorization[Scheme.Length..].Trim());
        string? tenant = null;
        foreach (var (hash, owner) in _keys)
            if (CryptographicOperations.FixedTimeEquals(hash, presented)) tenant = owner; // no early way out
        return tenant;
    }

    // Orchestrators ask without a key, and learn nothing but yes or no.
    static bool IsProbe(PathString path) => path == "/health" || path == "/alive";

    static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    sealed record Tenant(string Name);
}
