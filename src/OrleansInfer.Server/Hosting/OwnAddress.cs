using System.Net;
using System.Net.Sockets;

namespace OrleansInfer.Server;

/// <summary>The address by which other silos and clients reach this one.</summary>
internal static class OwnAddress
{
    /// <param name="text">An address of this machine, or a name that stands for one; null: loopback.</param>
    /// <exception cref="StartFault">It is not of this machine.</exception>
    public static IPAddress Choose(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return IPAddress.Loopback;
        var addresses = IPAddress.TryParse(text, out var address) ? [address] : Resolve(text);
        if (addresses.Any(any => any.Equals(IPAddress.Any) || any.Equals(IPAddress.IPv6Any)))
            throw new StartFault(
                $"--silo-address {text} is every address; the others have to know the one by which they reach this server.");
        return addresses.FirstOrDefault(own => FreePort.FaultOf(own, 0) is null)
            ?? throw new StartFault($"--silo-address {text} is no address of this machine; `ip address` shows which it has.");
    }

    static IPAddress[] Resolve(string name)
    {
        try
        {
            return [.. Dns.GetHostAddresses(name).OrderBy(IPAddress.IsLoopback).ThenBy(address => address.AddressFamily)]; // IPv4 first
        }
        catch (SocketException e)
        {
            throw new StartFault($"--silo-address {name} is no address, and no name of one: {e.Message}.");
        }
    }
}
