using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// All silos of a cluster have the same fingerprint, so that a conversation that moves keeps its tokens bit for bit, and the same journal,
/// so that it can move at all. A silo says in its name what it has; one that finds something else in the cluster it joins does not start.
/// </summary>
sealed class OneModel(
    IMembershipTable table, ILocalSiloDetails self, ServedModel model, IOptions<ClusterMembershipOptions> membership, TimeProvider time)
    : ILifecycleParticipant<ISiloLifecycle>
{
    const char BeforeJournal = '@';

    /// <summary>The name of a silo of this process.</summary>
    public static string NameFor(ServedModel model, string journal) =>
        $"{Environment.ProcessId}/{model.SystemFingerprint}{BeforeJournal}{journal}";

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(OneModel), ServiceLifecycleStage.Active, CheckAsync);

    /// <summary>Runs when this silo is in the table: of two that start at once at least one sees the other. The later gives way.</summary>
    async Task CheckAsync(CancellationToken cancellationToken)
    {
        var members = (await table.ReadAllAsync(cancellationToken)).Members.Select(member => member.Item1).ToList();
        if (members.FirstOrDefault(member => member.SiloAddress.Equals(self.SiloAddress)) is not { } own) return;
        foreach (var member in members.Where(member => member.IsAlive(membership.Value, time) && member.IsBefore(own)))
        {
            if (FingerprintOf(member) is { } other && !IsSame(other))
                throw new ClusterException(
                    $"The cluster serves {other} and this server has {model.SystemFingerprint}. All servers of a store must serve the same "
                    + "model with the same --dtype and quantization: give this one the same, or another --store.");
            if (JournalOf(member) != JournalOf(own))
                throw new ClusterException(
                    $"The cluster's journal is {JournalOf(member)} and this server's is {JournalOf(own)}. All servers of a store must have "
                    + "the same one: give this one the same --journal, by the same name.");
        }
    }

    /// <summary>A silo without weights knows how the fingerprints of its model begin.</summary>
    bool IsSame(string other) => other.StartsWith(model.SystemFingerprint, StringComparison.Ordinal)
        || model.SystemFingerprint.StartsWith(other, StringComparison.Ordinal);

    static string? FingerprintOf(MembershipEntry member) =>
        member.SiloName.IndexOf('/') is > 0 and var slash ? member.SiloName[(slash + 1)..].Split(BeforeJournal)[0] : null;

    static string JournalOf(MembershipEntry member) => member.SiloName[(member.SiloName.IndexOf(BeforeJournal) + 1)..];
}
