using Microsoft.Extensions.Configuration;

namespace OrleansInfer.Server.Tests;

/// <summary>The keys that Aspire sets.</summary>
public sealed class OrleansSectionTests
{
    const string Secret = "Host=db;Username=u;Password=hush;Database=x";

    static readonly (string, string)[] s_redis =
    [
        ("Orleans:Clustering:ProviderType", "Redis"), ("Orleans:Clustering:ServiceKey", "redis"),
        ("ConnectionStrings:redis", "redis:6379,password=hush"),
    ];

    [Fact]
    public void A_redis_is_the_store_and_the_database_has_the_journal()
    {
        var options = Apply([.. s_redis, ("ConnectionStrings:orleansinfer", Secret)]);
        Assert.Equal(("redis:redis:6379,password=hush", $"postgres:{Secret}"), (options.Store, options.Journal));
    }

    [Theory]
    [InlineData("PostgresDatabase")]
    [InlineData("PostgresServer")]
    [InlineData("PostgreSQL")]
    public void A_database_is_store_and_journal(string provider)
    {
        var options = Apply(("Orleans:Clustering:ProviderType", provider), ("Orleans:Clustering:ServiceKey", "db"),
            ("ConnectionStrings:db", Secret));
        Assert.Equal(($"postgres:{Secret}", null), (options.Store, options.Journal));
    }

    [Fact]
    public void Ado_net_names_its_connection_and_its_database()
    {
        var options = Apply(("Orleans:Clustering:ProviderType", "AdoNet"), ("Orleans:Clustering:Invariant", "Npgsql"),
            ("Orleans:Clustering:ConnectionName", "db"), ("ConnectionStrings:db", Secret));
        Assert.Equal($"postgres:{Secret}", options.Store);
    }

    [Fact]
    public void A_connection_string_of_our_name_is_enough() =>
        Assert.Equal($"postgres:{Secret}", Apply(("ConnectionStrings:orleansinfer", Secret)).Store);

    [Fact]
    public void Ids_and_endpoints_are_taken_unless_the_server_has_its_own()
    {
        (string, string)[] section =
        [
            ("Orleans:ClusterId", "c"), ("Orleans:ServiceId", "s"), ("Orleans:Endpoints:SiloPort", "8000"),
            ("Orleans:Endpoints:GatewayPort", "8001"), ("Orleans:Endpoints:AdvertisedIPAddress", "10.0.0.1"),
            ("ConnectionStrings:orleansinfer", Secret),
        ];
        var options = Apply(section);
        Assert.Equal(("c", "s", 8000, 8001, "10.0.0.1"),
            (options.ClusterId, options.ServiceId, options.SiloPort, options.GatewayPort, options.SiloAddress));
        var own = new ServerOptions { Store = "sqlite:x", SiloPort = 7, SiloAddress = "127.0.0.1" };
        OrleansSection.Apply(Configuration(section), own);
        Assert.Equal(("sqlite:x", null, 7, 8001, "127.0.0.1"), (own.Store, own.Journal, own.SiloPort, own.GatewayPort, own.SiloAddress));
    }

    [Fact]
    public void Without_any_of_it_nothing_changes()
    {
        var options = Apply();
        Assert.Equal((null, null, "orleansinfer", 0), (options.Store, options.Journal, options.ClusterId, options.SiloPort));
        Assert.Null(Apply(("Orleans:Clustering:ProviderType", "Development")).Store);
    }

    [Theory]
    [InlineData("AzureTableStorage", "'AzureTableStorage'; this server has Redis")]
    [InlineData("AdoNet", "of ADO.NET's databases this server has PostgreSQL")]
    [InlineData("PostgresDatabase", "ConnectionStrings__db")]
    [InlineData("Redis", "ConnectionStrings__db")]
    public void What_this_server_has_not_is_refused_by_name(string provider, string named)
    {
        var fault = Assert.Throws<StartFault>(() => Apply(
            ("Orleans:Clustering:ProviderType", provider), ("Orleans:Clustering:ServiceKey", "db"),
            ("Orleans:Clustering:Invariant", "System.Data.SqlClient")));
        Assert.Contains(named, fault.Message);
    }

    [Fact]
    public void Orleans_itself_finds_no_provider_to_look_for()
    {
        var configuration = Configuration([.. s_redis, ("Orleans:GrainStorage:PubSubStore:ProviderType", "Redis"),
            ("Orleans:Streaming:tokens:ProviderType", "Memory")]);
        OrleansSection.Apply(configuration, new());
        foreach (var section in (string[])["Clustering", "GrainStorage:PubSubStore", "Streaming:tokens"])
            Assert.Equal(OrleansSection.Ours, configuration[$"Orleans:{section}:ProviderType"]);
        Assert.False(configuration.GetSection("Orleans:Reminders").Exists());
    }

    static ServerOptions Apply(params (string, string)[] settings)
    {
        var options = new ServerOptions();
        OrleansSection.Apply(Configuration(settings), options);
        return options;
    }

    static ConfigurationManager Configuration((string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create<string, string?>(pair.Key, pair.Value)));
        return configuration;
    }
}
