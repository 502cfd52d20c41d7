using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace OrleansInfer.Client;

/// <summary>Registers what this library has.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IChatClient"/> over the conversations of the cluster that the services know: an Orleans client
    /// (<c>UseOrleansClient</c>) or the silo itself.
    /// </summary>
    public static IServiceCollection AddOrleansInferChatClient(
        this IServiceCollection services, Action<ConversationChatClientOptions>? configure = null)
    {
        services.AddOptions<ConversationChatClientOptions>()
            .Configure(configure ?? (_ => { }))
            .Validate(options => options.Tenant.Length > 0 && !options.Tenant.Contains('/'), "Tenant must have a name without '/'.")
            .Validate(options => options.Retention > TimeSpan.Zero, "Retention must be more than zero.")
            .ValidateOnStart();
        return services.AddSingleton<IChatClient>(provider => new ConversationChatClient(
            provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<IOptions<ConversationChatClientOptions>>().Value));
    }
}
