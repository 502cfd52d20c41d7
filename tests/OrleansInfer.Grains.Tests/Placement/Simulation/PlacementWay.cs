namespace OrleansInfer.Grains.Tests;

/// <summary>How a simulation places requests.</summary>
public enum PlacementWay
{
    Random,
    RoundRobin,

    /// <summary>As <see cref="KvPlacementDirector"/> does.</summary>
    Ours,
}
