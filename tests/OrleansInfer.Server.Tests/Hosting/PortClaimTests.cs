using System.Net;
using System.Net.Sockets;

namespace OrleansInfer.Server.Tests;

public sealed class PortClaimTests
{
    [Fact]
    public void Servers_that_choose_at_the_same_moment_get_ports_of_their_own()
    {
        var claims = new PortClaim[32];
        Parallel.For(0, claims.Length, i => claims[i] = PortClaim.Take(IPAddress.Loopback, asked: 0, usual: 21_000, "--silo-port"));
        Assert.Equal(claims.Length, claims.Select(claim => claim.Port).Distinct().Count());
        foreach (var claim in claims) claim.Dispose();
    }

    [Fact]
    public void A_port_that_was_let_go_is_chosen_again()
    {
        int port;
        using (var first = PortClaim.Take(IPAddress.Loopback, 0, 22_000, "--silo-port")) port = first.Port;
        using var second = PortClaim.Take(IPAddress.Loopback, 0, 22_000, "--silo-port");
        Assert.Equal(port, second.Port);
    }

    [Fact]
    public void A_port_in_use_is_passed_over_and_refused_to_those_who_ask_for_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var claim = PortClaim.Take(IPAddress.Loopback, 0, taken, "--silo-port");
        Assert.NotEqual(taken, claim.Port);
        var fault = Assert.Throws<StartFault>(() => PortClaim.Take(IPAddress.Loopback, taken, 0, "--silo-port"));
        Assert.Contains("taken by another process", fault.Message);
        fault = Assert.Throws<StartFault>(() => PortClaim.Take(IPAddress.Loopback, claim.Port, 0, "--gateway-port"));
        Assert.Contains("taken by another server", fault.Message);
        Assert.Contains("--gateway-port", fault.Message);
    }
}
