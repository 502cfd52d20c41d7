using Orleans.Hosting;

namespace OrleansInfer.Grains.Tests;

public sealed class SqliteClusteringTests : ClusterConformance
{
    readonly TemporaryFolder _folder = new();

    string Cluster => _folder.File("new/cluster.db");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override void Join(ISiloBuilder silo, SiloMember member) => silo.UseSqliteClustering(Cluster, member);

    protected override void Prepare() => new SqliteStore(Cluster).Prepare();

    [Fact]
    public async Task Processes_that_start_at_the_same_moment_make_the_tables_once()
    {
        await Task.WhenAll(from _ in Enumerable.Range(0, 8) select Task.Run(Prepare));
        using var connection = new SqliteStore(Cluster).Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM OrleansQuery";
        Assert.Equal(9L, command.ExecuteScalar());
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_in_words()
    {
        File.WriteAllText(_folder.File("text"), new string('x', 8_192));
        var fault = Assert.Throws<JournalException>(() => new SqliteStore(_folder.File("text")).Prepare());
        Assert.Contains("not a SQLite database", fault.Message);
    }
}
