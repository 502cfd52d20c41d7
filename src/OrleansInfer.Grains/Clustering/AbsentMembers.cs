using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>
/// The members that a crash of the whole cluster left in its table. A silo that starts would wait for them to answer, or to be silent for
/// 15 s; but of those of this machine, a port that nobody listens on says at once that the silo is gone.
/// </summary>
sealed class AbsentMembers(IMembershipTable table) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(AbsentMembers), ServiceLifecycleStage.RuntimeInitialize - 1, BuryAsync);

    internal async Task BuryAsync(CancellationToken cancellationToken)
    {
        await table.InitializeMembershipTableAsync(true, cancellationToken);
        while (true)
        {
            var all = await table.ReadAllAsync(cancellationToken);
            if (all.Members.FirstOrDefault(member => IsAbsent(member.Item1)) is not (var entry, var etag)) return;
            entry.Status = SiloStatus.Dead;
            await table.UpdateRowAsync(entry, etag, all.Version.Next(), cancellationToken); // or others were first: look again
        }
    }

    static bool IsAbsent(MembershipEntry member) =>
        member.Status == SiloStatus.Active && ThisMachine.Runs(member)
        && SiloPort.Refuses(member.SiloAddress.Endpoint.Address, member.SiloAddress.Endpoint.Port);
}
