using System.Net;
using System.Net.Sockets;

namespace OrleansInfer.Grains;

/// <summary>
/// Whether the process behind a silo of this machine is there. A port that refuses is proof that it is not: the system closes it in the
/// moment in which its process ends, and a process that merely hangs still has it open.
/// </summary>
static class SiloPort
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1); // this machine answers within a millisecond

    public static bool Refuses(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.ConnectAsync(address, port).Wait(Patience);
            return false;
        }
        catch (AggregateException e)
        {
            return e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
        }
    }
}
