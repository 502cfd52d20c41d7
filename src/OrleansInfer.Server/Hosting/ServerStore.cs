using System.Net;
using OrleansInfer.Grains;
using IOPath = System.IO.Path;

namespace OrleansInfer.Server;

/// <summary>
/// What outlives the process: the journal, of this server alone or shared by a cluster, and who is a member of that. Opened before
/// anything slow is done, so that a mistake is told at once.
/// </summary>
internal sealed class ServerStore : IDisposable
{
    const string OnlyHere = "Its server runs without --store; end it first.";

    readonly List<IDisposable> _held = [];
    Place? _members;
    Place _journal = null!;

    ServerStore()
    {
    }

    /// <summary>Other servers use it at the same time.</summary>
    public bool IsShared => _members is not null;

    /// <summary>Which journal it is. It may be shown, as all names here: no user, no password.</summary>
    public string JournalName => _journal.Name;

    /// <summary>What there is to show of it.</summary>
    public IEnumerable<(string Kind, string Name)> Notice
    {
        get
        {
            if (_members is not null) yield return ("store", _members.Name);
            if (_members != _journal) yield return ("journal", _journal.Name);
        }
    }

    /// <exception cref="StartFault">It cannot be used.</exception>
    public static ServerStore Open(ServerOptions options)
    {
        var store = new ServerStore();
        try
        {
            if (options.Store is null) store.OpenAlone(options);
            else store.OpenShared(options.Store, options.Journal);
            return store;
        }
        catch (Exception e)
        {
            store.Dispose();
            if (e is JournalException or ClusterException) throw new StartFault(e.Message);
            throw;
        }
    }

    /// <summary>The silo joins the cluster, if there is one, and has its journal.</summary>
    public void Configure(ISiloBuilder silo, SiloMember member)
    {
        if (!IPAddress.IsLoopback(member.Address) && _journal.IsOfThisMachine)
            throw new StartFault("--silo-address is for a cluster of several machines, and SQLite's files are of one: keep the journal in "
                + "PostgreSQL, with --store postgres:CONNECTION, or --journal postgres:CONNECTION.");
        if (_members is not null) _members.Join!(silo, member);
        else silo.UseLocalhostClustering(member.SiloPort, member.GatewayPort, serviceId: member.ServiceId, clusterId: member.ClusterId);
        _journal.KeepJournal!(silo);
    }

    public void Dispose()
    {
        foreach (var held in _held) held.Dispose();
    }

    void OpenAlone(ServerOptions options)
    {
        if (options.Journal is not null)
            throw new StartFault("--journal is of a cluster: it needs --store. A server by itself has --data.");
        _journal = OpenFile(IOPath.Combine(options.Data, "journal.db"), shared: false, $"The data folder '{options.Data}'",
            "Give this server its own with --data DIR, or all of them the same --store.");
    }

    void OpenShared(string store, string? journal)
    {
        var members = StoreAddress.Parse(store, "--store", StoreAddress.Sqlite, StoreAddress.Postgres, StoreAddress.Redis);
        if (journal is null && members.Kind == StoreAddress.Redis)
            throw new StartFault("--store redis:CONNECTION needs --journal postgres:CONNECTION or --journal sqlite:PATH: Redis may "
                + "forget in a crash what it has acknowledged, and a token that somebody has seen must not be forgotten.");
        _members = Open(members);
        _journal = journal is null || journal == store
            ? _members : Open(StoreAddress.Parse(journal, "--journal", StoreAddress.Sqlite, StoreAddress.Postgres));
    }

    Place Open(StoreAddress address)
    {
        if (address.Kind == StoreAddress.Redis)
        {
            var redis = new RedisStore(address.Where);
            _held.Add(redis);
            redis.Connect();
            return new($"Redis, {redis.Name}", (silo, member) => silo.UseRedisClustering(redis, member), KeepJournal: null);
        }
        if (address.Kind == StoreAddress.Sqlite)
            return OpenFile(address.Where, shared: true, $"The file of '{address.Kind}:{address.Where}'", OnlyHere);
        var database = new PostgresStore(address.Where);
        _held.Add(database);
        database.Prepare();
        return new($"PostgreSQL, {database.Name}", (silo, member) => silo.UsePostgresClustering(database, member),
            silo => silo.UsePostgresJournal(database));
    }

    /// <summary>A lock file beside the journal keeps others out, or those alone that would have it for themselves. The system lets go of
    /// it however the process ends.</summary>
    Place OpenFile(string path, bool shared, string what, string remedy)
    {
        try
        {
            var full = IOPath.GetFullPath(path);
            Directory.CreateDirectory(IOPath.GetDirectoryName(full)!);
            _held.Add(new FileStream(full + ".lock", FileMode.OpenOrCreate,
                shared ? FileAccess.Read : FileAccess.ReadWrite, shared ? FileShare.Read : FileShare.None));
            return new(full, (silo, member) => silo.UseSqliteClustering(full, member), silo => silo.UseSqliteJournal(full))
            {
                IsOfThisMachine = true,
            };
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path + ".lock"))
        {
            throw new StartFault($"{what} is used by another process. {remedy}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartFault($"{what} cannot be used: {e.Message}");
        }
    }

    /// <param name="Name">May be shown.</param>
    /// <param name="Join">Makes a silo a member of the cluster that is here.</param>
    /// <param name="KeepJournal">Gives a silo the journal that is here; null: it is no place for one.</param>
    sealed record Place(string Name, Action<ISiloBuilder, SiloMember> Join, Action<ISiloBuilder>? KeepJournal)
    {
        public bool IsOfThisMachine { get; init; }
    }
}
