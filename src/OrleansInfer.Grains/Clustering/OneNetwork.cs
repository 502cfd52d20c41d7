using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// All silos of a cluster reach each other. One that says it is on the loopback address is reached by its own machine alone: where a
/// cluster spans machines, it or the one that finds it there does not start.
/// </summary>
sealed class OneNetwork(
    IMembershipTable table, ILocalSiloDetails self, IOptions<ClusterMembershipOptions> membership, TimeProvider time)
    : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>When this silo is in the table, and before it waits for an answer of all others.</summary>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(OneNetwork), ServiceLifecycleStage.AfterRuntimeGrainServices + 1, CheckAsync);

    async Task CheckAsync(CancellationToken cancellationToken)
    {
        var members = (await table.ReadAllAsync(cancellationToken)).Members.Select(member => member.Item1).ToList();
        if (members.FirstOrDefault(member => member.SiloAddress.Equals(self.SiloAddress)) is not { } own) return;
        foreach (var member in members)
            if (member.IsAlive(membership.Value, time) && member.IsBefore(own) && FaultOf(own, member) is { } fault)
                throw new ClusterException(fault);
    }

    /// <returns>Why the two do not reach each other; null where they may.</returns>
    internal static string? FaultOf(MembershipEntry own, MembershipEntry other)
    {
        if (own.HostName == other.HostName) return null;
        if (IsLoopback(own))
            return $"This server is reached at {own.SiloAddress.Endpoint.Address}, by this machine alone, but the cluster has a member on "
                + $"the machine {other.HostName}. Start it with --silo-address and the address of this machine that the others reach.";
        return IsLoopback(other)
            ? $"The server on the machine {other.HostName} is reached at {other.SiloAddress.Endpoint.Address}, by that machine alone. "
                + "Start that one anew with --silo-address and the address of its machine, and then this one."
            : null;
    }

    static bool IsLoopback(MembershipEntry member) => IPAddress.IsLoopback(member.SiloAddress.Endpoint.Address);
}
