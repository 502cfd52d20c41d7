using Orleans.Metadata;
using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>The devices of all silos, as this silo knows them: at most a few hundred milliseconds old.</summary>
public sealed class ClusterLoad
{
    readonly KvLoadTable _table;

    readonly IClusterManifestProvider _manifests;

    internal ClusterLoad(KvLoadTable table, IClusterManifestProvider manifests) => (_table, _manifests) = (table, manifests);

    /// <summary>One entry a silo, in the order of their addresses.</summary>
    public IReadOnlyList<SiloLoad> Silos => _table.Snapshot();

    /// <summary>There is a silo that hosts conversations, and this one knows how to call them.</summary>
    public bool HasEngine => _table.Snapshot().Any(load => load.Role != SiloRole.Api)
        && _manifests.Current.AllGrainManifests.Any(manifest => manifest.Grains.ContainsKey(ConversationGrain.Type));
}
