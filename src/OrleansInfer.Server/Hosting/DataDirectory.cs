namespace OrleansInfer.Server;

/// <summary>The folder of the journal, held by one process at a time. The system lets go of it however the process ends.</summary>
internal sealed class DataDirectory : IDisposable
{
    readonly FileStream _lock;

    DataDirectory(string path, FileStream @lock) => (Path, _lock) = (path, @lock);

    public string Path { get; }

    public static DataDirectory Open(string path)
    {
        try
        {
            var full = Directory.CreateDirectory(path).FullName;
            return new DataDirectory(full,
                new FileStream(System.IO.Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && Directory.Exists(path))
        {
            throw new StartFault($"The data folder '{path}' is used by another process; give this one its own with --data DIR.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartFault($"The data folder '{path}' cannot be used: {e.Message}");
        }
    }

    public void Dispose() => _lock.Dispose();
}
