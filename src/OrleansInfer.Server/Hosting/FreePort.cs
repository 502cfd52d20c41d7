using System.Net;
using System.Net.Sockets;

namespace OrleansInfer.Server;

/// <summary>Ports of this machine.</summary>
internal static class FreePort
{
    /// <returns>Why the port cannot be listened on; null when it can.</returns>
    public static string? FaultOf(IPAddress address, int port)
    {
        try
        {
            using var probe = Bind(address, port);
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "is taken by another process",
                SocketError.AccessDenied => "may not be opened by this user",
                _ => $"cannot be opened ({e.Message})",
            };
        }
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int Any()
    {
        using var probe = Bind(IPAddress.Loopback, 0);
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    static TcpListener Bind(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        listener.Start();
        return listener;
    }
}
