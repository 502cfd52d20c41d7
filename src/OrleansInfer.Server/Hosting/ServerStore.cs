using IOPath = System.IO.Path;

namespace OrleansInfer.Server;

/// <summary>
/// The file of the journal: of this server alone, or shared by a cluster. A lock file beside it keeps others out, or those alone that would
/// have it for themselves. The system lets go of it however the process ends.
/// </summary>
internal sealed class ServerStore : IDisposable
{
    const string Sqlite = "sqlite:";

    readonly FileStream _lock;

    ServerStore(string path, bool shared, FileStream @lock) => (Path, IsShared, _lock) = (path, shared, @lock);

    public string Path { get; }

    /// <summary>Other servers use it at the same time.</summary>
    public bool IsShared { get; }

    /// <exception cref="StartFault">It cannot be used.</exception>
    public static ServerStore Open(ServerOptions options) => options.Store is { } store
        ? Open(FileOf(store), shared: true, $"The store '{store}'", "Its server runs without --store; end it first.")
        : Open(IOPath.Combine(options.Data, "journal.db"), shared: false, $"The data folder '{options.Data}'",
            "Give this server its own with --data DIR, or all of them the same --store.");

    public void Dispose() => _lock.Dispose();

    static string FileOf(string store)
    {
        if (store.StartsWith(Sqlite, StringComparison.Ordinal) && store.Length > Sqlite.Length) return store[Sqlite.Length..];
        var kind = store.StartsWith("postgres", StringComparison.Ordinal) || store.StartsWith("redis", StringComparison.Ordinal)
            ? " PostgreSQL and Redis are not supported yet." : "";
        // What is refused may hold a password.
        throw new StartFault("--store must be sqlite:PATH: a file of this machine, which all servers of the cluster name." + kind);
    }

    static ServerStore Open(string path, bool shared, string what, string remedy)
    {
        try
        {
            var full = IOPath.GetFullPath(path);
            Directory.CreateDirectory(IOPath.GetDirectoryName(full)!);
            return new ServerStore(full, shared, new FileStream(full + ".lock", FileMode.OpenOrCreate,
                shared ? FileAccess.Read : FileAccess.ReadWrite, shared ? FileShare.Read : FileShare.None));
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
