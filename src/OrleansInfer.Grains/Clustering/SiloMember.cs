using System.Net;

namespace OrleansInfer.Grains;

/// <summary>A silo as a member of a cluster.</summary>
public sealed record SiloMember
{
    /// <summary>Of all silos that find each other, and of their clients. Default "orleansinfer".</summary>
    public string ClusterId { get; init; } = "orleansinfer";

    /// <summary>Of the service, whose state outlives a cluster. Default "orleansinfer".</summary>
    public string ServiceId { get; init; } = "orleansinfer";

    /// <summary>Which journal it writes to, in words without secrets: all members have the same.</summary>
    public required string Journal { get; init; }

    /// <summary>
    /// Where the others and clients reach this silo, an address of this machine; nobody asks there who a caller is. Default: loopback,
    /// which this machine alone reaches.
    /// </summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Where other silos reach this one.</summary>
    public required int SiloPort { get; init; }

    /// <summary>Where clients reach this one.</summary>
    public required int GatewayPort { get; init; }
}
