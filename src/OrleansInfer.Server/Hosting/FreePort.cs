using System.Net;
using System.Net.Sockets;

namespace OrleansInfer.Server;

/// <summary>Ports of this machine.</summary>
internal static class FreePort
{
    /// <summary>The port asked for; where none is (0), the usual one, or any free one when another process has that.</summary>
    public static int Choose(int asked, int usual) => asked != 0 ? asked : IsFree(IPAddress.Loopback, usual) ? usual : Any();

    public static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var probe = Bind(address, port);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }

    static int Any()
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
