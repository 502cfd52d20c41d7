using Orleans.Configuration;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>What the table of members says of one.</summary>
static class MembershipEntries
{
    /// <summary>It has not ended, nor been silent for so long that it must have.</summary>
    public static bool IsAlive(this MembershipEntry member, ClusterMembershipOptions membership, TimeProvider time)
    {
        var silence = membership.IAmAliveTablePublishTimeout * membership.NumMissedTableIAmAliveLimit;
        return member.Status is SiloStatus.Created or SiloStatus.Joining or SiloStatus.Active
            && time.GetUtcNow().UtcDateTime - (member.IAmAliveTime > member.StartTime ? member.IAmAliveTime : member.StartTime) < silence;
    }

    /// <summary>It began first: of two that do not fit together, the later gives way.</summary>
    public static bool IsBefore(this MembershipEntry member, MembershipEntry other) =>
        member.StartTime != other.StartTime ? member.StartTime < other.StartTime : member.SiloAddress.CompareTo(other.SiloAddress) < 0;
}
