using Orleans.Placement;

namespace OrleansInfer.Grains;

/// <summary>Marks grains that use a device's KV cache.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KvPlacementAttribute() : PlacementAttribute(KvPlacement.Singleton);
