using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OrleansInfer.Server.Tests;

public sealed class ProcessTests : IDisposable
{
    readonly TempFolder _folder = new();
    readonly string _model;

    public ProcessTests() => _model = TinyModel.Write(_folder.File("tiny"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Two_servers_live_on_one_machine_but_not_on_one_port_or_folder()
    {
        await using var one = await RunningServer.Start(_model, _folder.File("one"));
        await using var two = await RunningServer.Start(_model, _folder.File("two"));
        Assert.NotEqual(one.Address, two.Address);
        foreach (var server in (RunningServer[])[one, two])
            await Chat.Post(server.Http, "/v1/chat/completions", Chat.Asking("hi", ",\"max_tokens\":3"));
        var port = await ServerProgramFile.Run("", "--model", _model, "--data", _folder.File("three"), "--urls", one.Address.ToString());
        Assert.Equal(2, port.ExitCode);
        Assert.Contains($"Port {one.Address.Port}", port.Error);
        var data = await ServerProgramFile.Run("", "--model", _model, "--data", _folder.File("one"), "--urls", "http://127.0.0.1:0");
        Assert.Equal(2, data.ExitCode);
        Assert.Contains("used by another process", data.Error);
    }

    [Fact]
    public async Task What_keeps_it_from_starting_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var damaged = Directory.CreateDirectory(_folder.File("damaged")).FullName;
        File.WriteAllText(Path.Combine(damaged, "journal.db"), new string('x', 5000));
        (string[] Args, string Named)[] cases =
        [
            (["--data", damaged], "journal.db"),
            (["--data", _folder.File("data"), "--silo-port", $"{((IPEndPoint)taken.LocalEndpoint).Port}"], "--silo-port"),
        ];
        foreach (var (args, named) in cases)
        {
            var (code, output, error) = await ServerProgramFile.Run("", ["--model", _model, "--urls", "http://127.0.0.1:0", .. args]);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(named, Assert.Single(error.TrimEnd().Split('\n')));
        }
    }

    [Fact]
    public async Task Says_what_it_serves_and_stops_within_seconds_in_mid_stream()
    {
        await using var server = await RunningServer.Start(_model, _folder.File("data"));
        foreach (var word in (string[])["tiny", "bfloat16", "cpu", "blocks of 16 tokens", "2,048 tokens", "curl -N http://127.0.0.1:"])
            Assert.Contains(word, server.Notice);
        using var stream = await EventReader.Post(
            server.Http, "/v1/chat/completions", Chat.Asking("hi", ",\"max_tokens\":1900,\"stream\":true"));
        await stream.Next();
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await server.Stop());
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await Assert.ThrowsAnyAsync<IOException>(stream.Rest); // cut off: not to be taken for the end
    }
}
