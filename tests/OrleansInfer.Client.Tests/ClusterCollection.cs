namespace OrleansInfer.Client.Tests;

/// <summary>One cluster for all tests: its start takes longer than they do.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterCollection : ICollectionFixture<TestCluster>
{
    public const string Name = "cluster";
}
