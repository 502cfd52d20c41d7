namespace OrleansInfer.Grains.Tests;

/// <summary>How a simulation places requests.</summary>
public enum PlacementWay
{
    Random,
    RoundRobin,

    /// <summary>As <see cref="KvPlacementDirector"/> does.</summary>
    Placed,

    /// <summary>And then moved as <see cref="QueueRelief"/> does, where it has to wait.</summary>
    Ours,
}
