using Orleans.Hosting;
using OrleansInfer.TestServers;

[assembly: AssemblyFixture(typeof(RedisServer))]

namespace OrleansInfer.Grains.Tests;

public sealed class RedisClusteringTests(RedisServer server) : ClusterConformance
{
    readonly string _service = Guid.NewGuid().ToString("N"); // its keys begin with it, so that no test sees another's
    RedisStore _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await server.Start();
        _store = new(server.Connection);
        _store.Connect();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _store.Dispose();
    }

    protected override void Join(ISiloBuilder silo, SiloMember member) =>
        silo.UseRedisClustering(_store, member with { ServiceId = _service });

    protected override void Prepare()
    {
    }

    [Fact]
    public void A_connection_that_cannot_be_is_refused_in_words_without_its_password()
    {
        (string Connection, string Named)[] cases =
        [
            ($"127.0.0.1:{server.Port}", "asks for a password"),
            ($"//127.0.0.1:{server.Port}", "asks for a password"),
            ($"//:hush@127.0.0.1:{server.Port}", "does not accept"),
            ("127.0.0.1:1,password=hush", "No Redis listens on 127.0.0.1:1"),
            ("no.such.host.invalid:6379,password=hush", "cannot be reached"),
        ];
        foreach (var (connection, named) in cases)
        {
            using var store = new RedisStore(connection);
            var fault = Assert.Throws<ClusterException>(store.Connect);
            Assert.Contains(named, fault.Message);
            Assert.DoesNotContain("hush", fault.Message);
            Assert.DoesNotContain("hush", store.Name);
        }
        foreach (var odd in (string[])["", "//", "host,pass word=hush", "//:hush@host/db"])
            Assert.DoesNotContain("hush", Assert.Throws<ClusterException>(() => new RedisStore(odd)).Message);
    }

    [Fact]
    public void A_uri_says_what_a_list_says()
    {
        using var store = new RedisStore("//me:p%40ss@[::1]:7000/3?ssl=true&connectTimeout=900");
        Assert.Equal(("[::1]:7000", "me", "p@ss", 3, true, 900), (store.Name, store.Settings.User, store.Settings.Password,
            store.Settings.DefaultDatabase, store.Settings.Ssl, store.Settings.ConnectTimeout));
        using var list = new RedisStore("db:7000,password=x");
        Assert.Equal("db:7000", list.Name);
    }
}
