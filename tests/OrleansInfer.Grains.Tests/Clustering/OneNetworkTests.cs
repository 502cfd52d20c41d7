using System.Net;
using Orleans.Runtime;

namespace OrleansInfer.Grains.Tests;

public sealed class OneNetworkTests
{
    [Theory]
    [InlineData("127.0.0.1", "a", "127.0.0.1", "a", null)]
    [InlineData("10.0.0.1", "a", "10.0.0.2", "b", null)]
    [InlineData("127.0.0.1", "a", "10.0.0.1", "a", null)] // one machine: they reach each other
    [InlineData("127.0.0.1", "a", "10.0.0.2", "b", "a member on the machine b. Start it with --silo-address")]
    [InlineData("127.0.0.1", "a", "127.0.0.1", "b", "a member on the machine b. Start it with --silo-address")]
    [InlineData("10.0.0.1", "a", "127.0.0.1", "b", "The server on the machine b is reached at 127.0.0.1")]
    [InlineData("fd00::1", "a", "::1", "b", "The server on the machine b is reached at ::1")]
    public void A_loopback_address_is_of_one_machine(string own, string ownHost, string other, string otherHost, string? fault)
    {
        var found = OneNetwork.FaultOf(Entry(own, ownHost), Entry(other, otherHost));
        if (fault is null) Assert.Null(found);
        else Assert.Contains(fault, found);
    }

    [Fact]
    public void This_machine_has_its_own_addresses_and_no_others()
    {
        Assert.True(ThisMachine.Has(IPAddress.Loopback));
        Assert.True(ThisMachine.Has(IPAddress.IPv6Loopback));
        Assert.False(ThisMachine.Has(IPAddress.Parse("192.0.2.1")));
        Assert.True(ThisMachine.Runs(Entry("127.0.0.1", Dns.GetHostName())));
        Assert.False(ThisMachine.Runs(Entry("127.0.0.1", "elsewhere")));
    }

    static MembershipEntry Entry(string address, string host) =>
        new() { SiloAddress = SiloAddress.New(IPAddress.Parse(address), 11111, 1), HostName = host };
}
