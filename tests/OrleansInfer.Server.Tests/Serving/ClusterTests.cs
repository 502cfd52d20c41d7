using System.Text.RegularExpressions;

namespace OrleansInfer.Server.Tests;

/// <summary>Several servers of this machine on one store.</summary>
public sealed class ClusterTests : IDisposable
{
    readonly TempFolder _folder = new();
    readonly string _model;

    public ClusterTests() => _model = TinyModel.Write(_folder.File("tiny"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Servers_that_start_at_the_same_moment_are_one_cluster_on_ports_of_their_own()
    {
        var store = $"sqlite:{_folder.File("cluster.db")}";
        var servers = await Task.WhenAll(
            from _ in Enumerable.Range(0, 3) select RunningServer.Start(_model, store, "--kv-cache-mib", "64"));
        try
        {
            var ports = servers.SelectMany(server => Regex.Matches(server.Notice, "(silo|gateway) +127.0.0.1:(\\d+)")).ToList();
            Assert.Equal(6, ports.Count);
            Assert.Equal(6, ports.Select(match => match.Groups[2].Value).Distinct().Count());
            foreach (var server in servers)
            {
                var silos = await Cluster.WaitFor(server, silos: 3);
                Assert.Equal(servers.Select(each => each.Pid).Order(), silos.Select(Cluster.PidOf).Order());
            }
        }
        finally
        {
            foreach (var server in servers) await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_server_with_another_model_is_not_let_in_and_those_who_are_in_stay()
    {
        var store = $"sqlite:{_folder.File("cluster.db")}";
        await using var server = await RunningServer.Start(_model, store, "--kv-cache-mib", "64");
        var other = TinyModel.Write(_folder.File("other"), seed: 7);
        var (code, output, error) = await ServerProgramFile.Run(
            "", "--model", other, "--store", store, "--urls", "http://127.0.0.1:0", "--kv-cache-mib", "64");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("must serve the same model", Assert.Single(error.TrimEnd().Split('\n')));
        await Chat.Post(server.Http, "/v1/chat/completions", Chat.Asking("hi", ",\"max_tokens\":3"));
    }

    [Fact]
    public async Task What_is_no_store_or_is_used_by_a_server_alone_is_refused_in_one_line()
    {
        await using var alone = await RunningServer.Start(_model, _folder.File("data"), "--kv-cache-mib", "64");
        (string[] Args, string Named)[] cases =
        [
            (["--store", "postgres:Host=db;Pass word=secret"], "is no connection to a database"),
            (["--store", "postgres://me:secret@127.0.0.1:1/db"], "No PostgreSQL listens on 127.0.0.1:1"),
            (["--store", "mysql://me:secret@localhost"], "sqlite:PATH"),
            (["--store", "sqlite:"], "sqlite:PATH"),
            (["--store", "redis:127.0.0.1:1,password=secret"], "needs --journal"),
            (["--store", "redis:127.0.0.1:1,password=secret", "--journal", $"sqlite:{_folder.File("x.db")}"], "No Redis listens on"),
            (["--journal", $"sqlite:{_folder.File("x.db")}"], "it needs --store"),
            (["--store", $"sqlite:{_folder.File("x.db")}", "--data", _folder.File("data")], "exclude each other"),
            (["--store", $"sqlite:{_folder.File("data")}/journal.db"], "used by another process"),
        ];
        foreach (var (args, named) in cases)
        {
            var (code, output, error) = await ServerProgramFile.Run("", ["--model", _model, "--urls", "http://127.0.0.1:0", .. args]);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(named, Assert.Single(error.TrimEnd().Split('\n')));
            Assert.DoesNotContain("secret", error);
        }
    }
}
