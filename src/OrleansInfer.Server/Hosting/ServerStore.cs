using OrleansInfer.Grains;
using IOPath = System.IO.Path;

namespace OrleansInfer.Server;

/// <summary>
/// What outlives the process: the journal, of this server alone or shared by a cluster, and there also who is a member. Opened before
/// anything slow is done, so that a mistake is told at once.
/// </summary>
internal sealed class ServerStore : IDisposable
{
    readonly List<IDisposable> _held = [];
    readonly List<(string Name, string Value)> _notice = [];
    Action<ISiloBuilder, SiloMember> _join = (_, _) => { };
    Action<ISiloBuilder> _keepJournal = _ => { };

    ServerStore(bool shared) => IsShared = shared;

    /// <summary>Other servers use it at the same time.</summary>
    public bool IsShared { get; }

    /// <summary>What may be shown of it: no user, no password.</summary>
    public IReadOnlyList<(string Name, string Value)> Notice => _notice;

    /// <exception cref="StartFault">It cannot be used.</exception>
    public static ServerStore Open(ServerOptions options)
    {
        var store = new ServerStore(shared: options.Store is not null);
        try
        {
            if (options.Store is null) store.OpenAlone(options.Data);
            else store.OpenShared(StoreAddress.Parse(options.Store, "--store", StoreAddress.Sqlite, StoreAddress.Postgres));
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
        if (IsShared) _join(silo, member);
        else silo.UseLocalhostClustering(member.SiloPort, member.GatewayPort, serviceId: member.ServiceId, clusterId: member.ClusterId);
        _keepJournal(silo);
    }

    public void Dispose()
    {
        foreach (var held in _held) held.Dispose();
    }

    void OpenAlone(string folder)
    {
        var path = OpenFile(IOPath.Combine(folder, "journal.db"), shared: false, $"The data folder '{folder}'",
            "Give this server its own with --data DIR, or all of them the same --store.");
        _keepJournal = silo => silo.UseSqliteJournal(path);
        _notice.Add(("journal", path));
    }

    void OpenShared(StoreAddress store)
    {
        if (store.Kind == StoreAddress.Postgres)
        {
            var database = OpenDatabase(store.Where);
            _join = (silo, member) => silo.UsePostgresClustering(database, member);
            _keepJournal = silo => silo.UsePostgresJournal(database);
            _notice.Add(("store", $"PostgreSQL, {database.Name}"));
        }
        else
        {
            var path = OpenFile(store.Where, shared: true, $"The store 'sqlite:{store.Where}'",
                "Its server runs without --store; end it first.");
            _join = (silo, member) => silo.UseSqliteClustering(path, member);
            _keepJournal = silo => silo.UseSqliteJournal(path);
            _notice.Add(("store", path));
        }
    }

    PostgresStore OpenDatabase(string connection)
    {
        var database = new PostgresStore(connection);
        _held.Add(database);
        database.Prepare();
        return database;
    }

    /// <summary>A lock file beside the journal keeps others out, or those alone that would have it for themselves. The system lets go of
    /// it however the process ends.</summary>
    /// <returns>The full path.</returns>
    string OpenFile(string path, bool shared, string what, string remedy)
    {
        try
        {
            var full = IOPath.GetFullPath(path);
            Directory.CreateDirectory(IOPath.GetDirectoryName(full)!);
            _held.Add(new FileStream(full + ".lock", FileMode.OpenOrCreate,
                shared ? FileAccess.Read : FileAccess.ReadWrite, shared ? FileShare.Read : FileShare.None));
            return full;
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
}
