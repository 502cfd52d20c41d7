namespace OrleansInfer.Grains;

/// <summary>The devices of all silos, as this silo knows them: at most a few hundred milliseconds old.</summary>
public sealed class ClusterLoad
{
    readonly KvLoadTable _table;

    internal ClusterLoad(KvLoadTable table) => _table = table;

    /// <summary>One entry a silo, in the order of their addresses.</summary>
    public IReadOnlyList<SiloLoad> Silos => _table.Snapshot();

    /// <summary>There is a silo that generates.</summary>
    public bool HasEngine => _table.Snapshot().Any(load => load.Role != SiloRole.Api);
}
