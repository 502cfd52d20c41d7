using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OrleansInfer.Abstractions;
using OrleansInfer.Engine;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

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
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.AddMetrics();
        silo.Services.AddSingleton<ServedModel>(model);
        silo.Services.AddSingleton(options ?? new EngineOptions());
        silo.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<EngineMetrics>(
            services, services.GetRequiredService<ServedModel>().Name));
        silo.Services.AddSingleton<DeviceEngine>();
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<DeviceEngine>());
        return silo;
    }

    /// <summary>
    /// The silo hosts conversations, placed by the load of the cluster's devices; unfinished turns are recovered and expired conversations
    /// deleted. Needs an engine (<see cref="AddEngine"/>) and a journal (<see cref="UseSqliteJournal"/>).
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
        return silo.AddKvPlacement();
    }

    /// <summary>Keeps the journal in a SQLite file on a local disk.</summary>
    public static ISiloBuilder UseSqliteJournal(this ISiloBuilder silo, string path, Action<SqliteJournalOptions>? configure = null)
    {
        silo.Services.AddOptionsWithValidateOnStart<JournalOptions>().ValidateDataAnnotations();
        silo.Services.AddOptionsWithValidateOnStart<SqliteJournalOptions>().ValidateDataAnnotations()
            .Configure(sqlite => sqlite.Path = path).Configure(configure ?? (_ => { }));
        silo.Services.TryAddSingleton<JournalMetrics>();
        silo.Services.AddSingleton<JournalStore, SqliteJournal>();
        return silo;
    }

    /// <summary>
    /// The silo and all others of this machine that name the same SQLite file are one cluster, which serves one model
    /// (<see cref="AddEngine"/>).
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="path">The file; it is made if it is missing, and may be the journal's.</param>
    /// <param name="name">Of the cluster and its service: its clients have to say it.</param>
    /// <param name="siloPort">On the loopback address: where other silos reach this one.</param>
    /// <param name="gatewayPort">On the loopback address: where clients reach this one.</param>
    public static ISiloBuilder UseSqliteClustering(this ISiloBuilder silo, string path, string name, int siloPort, int gatewayPort)
    {
        var store = new SqliteStore(path);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(store);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(
            services => ActivatorUtilities.CreateInstance<OneModel>(services));
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(
            services => ActivatorUtilities.CreateInstance<DeathWatch>(services));
        silo.Services.AddOptions<SiloOptions>().Configure<ServedModel>((options, model) => options.SiloName = OneModel.NameFor(model));
        silo.Services.AddKeyedSingleton<IGrainStorage>(
            PubSubStore, (services, _) => ActivatorUtilities.CreateInstance<SqliteGrainStorage>(services, store));
        silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = name);
        silo.Configure<ClusterMembershipOptions>(FindDeathsWithinTwoSeconds);
        silo.ConfigureEndpoints(IPAddress.Loopback, siloPort, gatewayPort);
        // The provider's name for SQLite; what it loads is Microsoft.Data.Sqlite.
        return silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("System.Data.SQLite", store.ConnectionString));
    }

    /// <summary>
    /// Publishes tokens to Orleans streams in memory (<see cref="TokenStreams"/>). They lose what a dying silo holds; subscribers
    /// notice by the
    /// sequence numbers and read it from the conversation. Who has subscribed is kept in the store of the cluster if there is one
    /// (<see cref="UseSqliteClustering"/>, called before), else in memory as well.
    /// </summary>
    public static ISiloBuilder UseMemoryTokenStreams(this ISiloBuilder silo)
    {
        if (!silo.Services.Any(service => PubSubStore.Equals(service.ServiceKey))) silo.AddMemoryGrainStorage(PubSubStore);
        return silo.AddMemoryStreams(TokenStreams.Provider, streams =>
        {
            streams.ConfigurePartitioning(NumStreamQueues);
            streams.ConfigurePullingAgent(agent => agent.Configure(options => options.GetQueueMsgsTimerPeriod = StreamPollPeriod));
            streams.ConfigureBackoffProvider((_, _) => (Orleans.Runtime.Providers.IQueueReaderBackoffProvider)new FixedBackoff());
            streams.ConfigureBackoffProvider((_, _) => (Orleans.Runtime.Providers.IMessageDeliveryBackoffProvider)new FixedBackoff());
        });
    }

    const string PubSubStore = "PubSubStore"; // Orleans' name for it

    const int NumStreamQueues = 4; // each is polled all the time, tokens or not

    static readonly TimeSpan StreamPollPeriod = TimeSpan.FromMilliseconds(10); // the default of 100 ms is felt as stutter

    /// <summary>With Orleans' defaults a death is found after 11 s, and a silo that starts after a crash of all waits for 80.</summary>
    static void FindDeathsWithinTwoSeconds(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.NumMissedProbesLimit = 2;
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        membership.NumMissedTableIAmAliveLimit = 3;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5); // one that hung and was given up hears of it when it wakes
    }

    static ISiloBuilder AddKvPlacement(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<KvLoadTable>();
        silo.Services.AddSingleton<LoadReporter>();
        silo.Services.AddSingleton(services => new Handover(
            services.GetRequiredService<DeviceEngine>(), services.GetRequiredService<KvLoadTable>(),
            services.GetRequiredService<LoadReporter>(), services.GetRequiredService<ILocalSiloDetails>(),
            services.GetRequiredService<TimeProvider>()));
        silo.Services.AddSingleton(services => new ClusterLoad(services.GetRequiredService<KvLoadTable>()));
        silo.Services.AddPlacementDirector<KvPlacement>(
            services => new KvPlacementDirector(services.GetRequiredService<KvLoadTable>(), Random.Shared));
        return silo.AddGrainService<KvLoadService>();
    }
}
