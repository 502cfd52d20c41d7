namespace OrleansInfer.Grains;

/// <summary>A silo cannot be a member of the cluster; the message says why and how to mend it.</summary>
public sealed class ClusterException(string message) : Exception(message);
