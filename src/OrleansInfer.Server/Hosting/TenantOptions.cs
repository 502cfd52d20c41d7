namespace OrleansInfer.Server;

/// <summary>A tenant: its conversations and cached prefixes are its own.</summary>
internal sealed class TenantOptions
{
    public IReadOnlyList<string> ApiKeys { get; set; } = [];
}
