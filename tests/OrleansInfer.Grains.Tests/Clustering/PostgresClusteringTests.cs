using Npgsql;
using Orleans.Hosting;
using OrleansInfer.TestServers;

namespace OrleansInfer.Grains.Tests;

public sealed class PostgresClusteringTests(PostgresServer server) : ClusterConformance
{
    NpgsqlConnectionStringBuilder _database = null!;
    PostgresStore _store = null!;

    public override async ValueTask InitializeAsync()
    {
        _database = await server.NewSchema();
        _store = new(_database.ConnectionString);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _store.Dispose();
    }

    protected override void Join(ISiloBuilder silo, SiloMember member) => silo.UsePostgresClustering(_store, member);

    protected override void Prepare() => _store.Prepare();
}
