using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace OrleansInfer.Grains;

/// <summary>
/// Makes silos that name the same store one cluster, which serves one model (<see cref="SiloBuilderExtensions.AddEngine"/>). What they
/// share is who is a member, and who has subscribed to which stream.
/// </summary>
public static class ClusteringExtensions
{
    /// <summary>The silos of one machine that name the same SQLite file.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="path">The file; it is made if it is missing, and may be the journal's.</param>
    /// <param name="member">What the others know of this silo.</param>
    public static ISiloBuilder UseSqliteClustering(this ISiloBuilder silo, string path, SiloMember member)
    {
        var store = new SqliteStore(path);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(store);
        silo.KeepSubscriptions(() => ValueTask.FromResult<DbConnection>(store.Open()));
        // The provider's name for SQLite; what it loads is Microsoft.Data.Sqlite.
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("System.Data.SQLite", store.ConnectionString));
        return silo.JoinCluster(member);
    }

    /// <summary>The silos, of one machine or many, that name the same PostgreSQL database.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="store">The database, which may be the journal's.</param>
    /// <param name="member">What the others know of this silo.</param>
    public static ISiloBuilder UsePostgresClustering(this ISiloBuilder silo, PostgresStore store, SiloMember member)
    {
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(store);
        silo.KeepSubscriptions(async () => await store.OpenAsync());
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", store.ConnectionString));
        return silo.JoinCluster(member);
    }

    /// <summary>The silos, of one machine or many, that name the same Redis. Their journal is elsewhere.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="store">The Redis, connected.</param>
    /// <param name="member">What the others know of this silo.</param>
    public static ISiloBuilder UseRedisClustering(this ISiloBuilder silo, RedisStore store, SiloMember member)
    {
        silo.UseRedisClustering(o => (o.ConfigurationOptions, o.CreateMultiplexer) =
            (store.Settings, _ => Task.FromResult((store.Connection, true))));
        const string subscriptions = ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME;
        silo.AddRedisGrainStorage(subscriptions, options => options.Configure<Serializer>((o, serializer) =>
        {
            (o.ConfigurationOptions, o.CreateMultiplexer) = (store.Settings, _ => Task.FromResult((store.Connection, true)));
            (o.GrainStorageSerializer, o.DeleteStateOnClear) = (new OrleansGrainStorageSerializer(serializer), true);
        }));
        return silo.JoinCluster(member);
    }

    static void KeepSubscriptions(this ISiloBuilder silo, Func<ValueTask<DbConnection>> open) =>
        silo.Services.AddKeyedSingleton<IGrainStorage>(ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME,
            (services, _) => ActivatorUtilities.CreateInstance<TableGrainStorage>(services, open));

    static ISiloBuilder JoinCluster(this ISiloBuilder silo, SiloMember member)
    {
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.AtStart<AbsentMembers>();
        silo.AtStart<OneNetwork>();
        silo.AtStart<OneModel>();
        silo.AtStart<DeathWatch>();
        silo.Services.AddSingleton<IFatalErrorHandler, QuietEnd>();
        silo.Services.AddOptions<SiloOptions>().Configure<ServedModel>((options, model) =>
            options.SiloName = OneModel.NameFor(model, member.Journal));
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (member.ClusterId, member.ServiceId));
        silo.Configure<ClusterMembershipOptions>(FindDeathsWithinTwoSeconds);
        return silo.ConfigureEndpoints(member.Address, member.SiloPort, member.GatewayPort);
    }

    static void AtStart<T>(this ISiloBuilder silo) where T : ILifecycleParticipant<ISiloLifecycle> =>
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => ActivatorUtilities.CreateInstance<T>(services));

    /// <summary>With Orleans' defaults a death is found after 11 s, and a silo that starts after a crash of all waits for 80.</summary>
    static void FindDeathsWithinTwoSeconds(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.MaxProbeTimeout = TimeSpan.FromSeconds(2); // of one that answered slowly before; Orleans would allow 4, each time
        membership.NumMissedProbesLimit = 2;
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        membership.NumMissedTableIAmAliveLimit = 3;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5); // one that hung and was given up hears of it when it wakes
    }
}
