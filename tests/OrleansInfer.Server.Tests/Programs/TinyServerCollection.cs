namespace OrleansInfer.Server.Tests;

/// <summary>Classes that share the one server, one after the other: some look at its load.</summary>
[CollectionDefinition(nameof(TinyServer))]
public sealed class TinyServerCollection : ICollectionFixture<TinyServer>;
