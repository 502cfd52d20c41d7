using Orleans.Runtime;

namespace OrleansInfer.Grains;

/// <summary>Places a conversation on the silo whose device has room for its keys and values.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("oi.KvPlacement")]
public sealed class KvPlacement : PlacementStrategy
{
    internal static readonly KvPlacement Singleton = new();
}
