using System.Net;

namespace OrleansInfer.Server;

/// <summary>
/// A port of this machine that no other server will choose, from now until this is disposed or the process ends: between the moment when a
/// port is found free and the one when Orleans listens on it, another server that starts could find the same. A locked file says that the
/// port is spoken for.
/// </summary>
internal sealed class PortClaim : IDisposable
{
    const int Tries = 1000;

    // Of this user: other users' servers may not lock its files, and are told by the port itself.
    static readonly string s_folder = Path.Combine(Path.GetTempPath(), $"orleansinfer-ports-{Environment.UserName}");

    readonly FileStream _lock;

    PortClaim(int port, FileStream @lock) => (Port, _lock) = (port, @lock);

    public int Port { get; }

    /// <summary>
    /// The port asked for; where none is (0), the usual one or the next above it that is free. So the servers of a machine that start again
    /// find the ports they had, which spares a cluster that was killed the wait for its dead.
    /// </summary>
    /// <exception cref="StartFault">It is taken.</exception>
    public static PortClaim Take(IPAddress address, int asked, int usual, string option)
    {
        if (asked != 0)
            return TryTake(address, asked, out var fault)
                ?? throw new StartFault($"The Orleans port {asked} {fault}; choose another one with {option} PORT.");
        for (var port = usual; port < usual + Tries; port++)
            if (TryTake(address, port, out _) is { } claim) return claim;
        throw new StartFault($"No port from {usual} to {usual + Tries - 1} is free; choose one with {option} PORT.");
    }

    public void Dispose() => _lock.Dispose();

    static PortClaim? TryTake(IPAddress address, int port, out string? fault)
    {
        FileStream file;
        try
        {
            Directory.CreateDirectory(s_folder);
            file = new FileStream(Path.Combine(s_folder, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartFault($"The folder {s_folder}, where servers reserve their ports, cannot be used: {e.Message}");
        }
        catch (IOException)
        {
            fault = "is taken by another server";
            return null;
        }
        fault = FreePort.FaultOf(address, port);
        if (fault is null) return new PortClaim(port, file);
        file.Dispose();
        return null;
    }
}
