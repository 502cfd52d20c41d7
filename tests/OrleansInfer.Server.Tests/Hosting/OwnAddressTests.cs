using System.Net;

namespace OrleansInfer.Server.Tests;

public sealed class OwnAddressTests
{
    [Fact]
    public void It_is_loopback_unless_said_otherwise()
    {
        Assert.Equal(IPAddress.Loopback, OwnAddress.Choose(null));
        Assert.Equal(IPAddress.Loopback, OwnAddress.Choose("localhost"));
        Assert.Equal(IPAddress.Parse("127.0.0.2"), OwnAddress.Choose("127.0.0.2"));
    }

    [Theory]
    [InlineData("192.0.2.1", "no address of this machine")]
    [InlineData("0.0.0.0", "every address")]
    [InlineData("::", "every address")]
    [InlineData("no.such.host.invalid", "no name of one")]
    public void What_others_could_not_reach_is_refused(string text, string named) =>
        Assert.Contains(named, Assert.Throws<StartFault>(() => OwnAddress.Choose(text)).Message);
}
