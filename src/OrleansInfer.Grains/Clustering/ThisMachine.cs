using System.Net;
using System.Net.NetworkInformation;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// What is here and what is elsewhere. Only of this machine is a refused connection proof that nobody listens: between machines a firewall
/// may refuse as well, and a silo behind a bad one would bury all the others. Those are left to Orleans' probes and their votes.
/// </summary>
static class ThisMachine
{
    static readonly HashSet<IPAddress> s_addresses =
        [.. from card in NetworkInterface.GetAllNetworkInterfaces() from address in card.GetIPProperties().UnicastAddresses
            select address.Address];

    /// <summary>As members of a cluster say it of themselves.</summary>
    public static string Name { get; } = Dns.GetHostName();

    public static bool Has(IPAddress address) => IPAddress.IsLoopback(address) || s_addresses.Contains(address);

    /// <summary>Every machine has the loopback address; the name tells which one is meant.</summary>
    public static bool Runs(MembershipEntry member) => member.HostName == Name && Has(member.SiloAddress.Endpoint.Address);
}
