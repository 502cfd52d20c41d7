using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Metadata;
using Orleans.Providers;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>Gives a silo an engine, conversations, a journal for them and streams of their tokens.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>The silo serves a model on its device, from before it takes grains until they have left.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="model">Called once, while the silo is being built; what it throws stops the start. The silo disposes the model.</param>
    /// <param name="options">Sizes of the engine.</param>
    public static ISiloBuilder AddEngine(this ISiloBuilder silo, Func<IServiceProvider, ServedModel> model, EngineOptions? options = null)
    {
        silo.AddModel(model);
        silo.Services.AddSingleton(options ?? new EngineOptions());
        silo.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<EngineMetrics>(
            services, services.GetRequiredService<ServedModel>().Name));
        silo.Services.AddSingleton<DeviceEngine>();
        silo.Services.AddSingleton<QueueRelief>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<DeviceEngine>());
        return silo;
    }

    /// <summary>The silo knows a model that others compute (<see cref="SiloRole.Api"/>).</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="model">Called once, while the silo is being built; what it throws stops the start.</param>
    public static ISiloBuilder AddModel(this ISiloBuilder silo, Func<IServiceProvider, ServedModel> model)
    {
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.AddMetrics();
        silo.Services.AddSingleton(model);
        return silo;
    }

    /// <summary>
    /// The silo hosts conversations, placed by the load of the cluster's devices; unfinished turns are recovered and expired conversations
    /// deleted. Needs a journal (<see cref="JournalExtensions"/>) and an engine (<see cref="AddEngine"/>), or the role of one that only
    /// calls those of other silos.
    /// </summary>
    public static ISiloBuilder AddConversations(this ISiloBuilder silo, Action<ConversationOptions>? configure = null)
    {
        silo.Services.AddOptionsWithValidateOnStart<ConversationOptions>().ValidateDataAnnotations().Configure(configure ?? (_ => { }));
        silo.Services.TryAddSingleton<ConversationMetrics>();
        silo.Services.TryAddSingleton<EventCodec>();
        silo.Services.AddSingleton<Recovery>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<Recovery>());
        silo.Services.AddHostedService<Retention>();
        silo.AddCustomStorageBasedLogConsistencyProvider(ConversationGrain.LogProvider);
        silo.AddIncomingGrainCallFilter<TenantFilter>();
        // What is not in its manifest is never placed here.
        silo.Services.AddOptions<GrainTypeOptions>().PostConfigure<IOptions<ConversationOptions>>((types, conversations) =>
        {
            if (conversations.Value.Role == SiloRole.Api) types.Classes.Remove(typeof(ConversationGrain));
        });
        return silo.AddKvPlacement();
    }

    /// <summary>
    /// Publishes tokens to Orleans streams in memory (<see cref="TokenStreams"/>). They lose what a dying silo holds; subscribers notice by
    /// the sequence numbers and read it from the conversation. Who has subscribed is kept in the store of the cluster if there is one
    /// (<see cref="ClusteringExtensions"/>, called before), else in memory as well.
    /// </summary>
    public static ISiloBuilder UseMemoryTokenStreams(this ISiloBuilder silo)
    {
        const string subscriptions = ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME;
        if (!silo.Services.Any(service => subscriptions.Equals(service.ServiceKey))) silo.AddMemoryGrainStorage(subscriptions);
        return silo.AddMemoryStreams(TokenStreams.Provider, streams =>
        {
            streams.ConfigurePartitioning(NumStreamQueues);
            streams.ConfigurePullingAgent(agent => agent.Configure(options => options.GetQueueMsgsTimerPeriod = StreamPollPeriod));
            streams.ConfigureBackoffProvider((_, _) => (Orleans.Runtime.Providers.IQueueReaderBackoffProvider)new FixedBackoff());
            streams.ConfigureBackoffProvider((_, _) => (Orleans.Runtime.Providers.IMessageDeliveryBackoffProvider)new FixedBackoff());
        });
    }

    const int NumStreamQueues = 4; // each is polled all the time, tokens or not

    static readonly TimeSpan StreamPollPeriod = TimeSpan.FromMilliseconds(10); // the default of 100 ms is felt as stutter

    static ISiloBuilder AddKvPlacement(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<KvLoadTable>();
        silo.Services.AddSingleton<LoadReporter>();
        silo.Services.AddSingleton(services => new Handover(
            services.GetService<DeviceEngine>(), services.GetRequiredService<KvLoadTable>(),
            services.GetRequiredService<LoadReporter>(), services.GetRequiredService<ILocalSiloDetails>(),
            services.GetRequiredService<TimeProvider>()));
        silo.Services.AddSingleton(services => new ClusterLoad(
            services.GetRequiredService<KvLoadTable>(), services.GetRequiredService<IClusterManifestProvider>()));
        silo.Services.AddPlacementDirector<KvPlacement>(
            services => new KvPlacementDirector(services.GetRequiredService<KvLoadTable>(), Random.Shared));
        return silo.AddGrainService<KvLoadService>();
    }
}
