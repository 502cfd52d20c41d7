namespace OrleansInfer.Client;

/// <summary>What <see cref="ConversationChatClient"/> asks of every conversation.</summary>
public sealed class ConversationChatClientOptions
{
    /// <summary>Whom the client speaks for. Default: the tenant of a service that knows no others.</summary>
    public string Tenant { get; set; } = Abstractions.ConversationKey.DefaultTenant;

    /// <summary>The model asked for where ChatOptions.ModelId does not say. Null: the one that is served.</summary>
    public string? ModelId { get; set; }

    /// <summary>
    /// How long a conversation that was begun without ChatOptions.ConversationId is kept behind its last turn's end. Default 10 minutes.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The same where ChatOptions.ConversationId names it. Default null: until it is deleted.</summary>
    public TimeSpan? NamedRetention { get; set; }

    /// <summary>How answers are read.</summary>
    public TokenReadOptions Reading { get; set; } = new();
}
