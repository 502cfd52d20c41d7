using System.Globalization;
using System.Text.RegularExpressions;

namespace OrleansInfer.Server.Tests;

/// <summary>Programs of other people, in processes of their own, reach the server through OrleansInfer.Client.</summary>
public sealed class ClientProcessTests
{
    const string Path = "/v1/chat/completions";

    [Fact]
    public async Task Another_process_chats_and_others_follow_the_conversation_and_resume()
    {
        using var folder = new TempFolder();
        await using var server = await RunningServer.Start(TinyModel.Write(folder.File("tiny")), folder.File("data"));
        using var chat = new ClientProcess(GatewayOf(server), "chat", "Tell me.", "c");
        var answer = await chat.Rest();
        var end = answer[^1];
        Assert.Equal(("c", "tiny"), (end.GetProperty("conversation").GetString(), end.GetProperty("model").GetString()));
        Assert.True(end.GetProperty("output_tokens").GetInt32() > 0);

        using var first = new ClientProcess(GatewayOf(server), "follow", "default/c", "0", "2");
        var seen = await first.Rest();
        using var second = new ClientProcess(GatewayOf(server), "follow", "default/c", $"{seen[^1].GetProperty("next_seq")}");
        var rest = await second.Rest();
        Assert.True(rest[^1].GetProperty("ended").GetBoolean());
        Assert.Equal(ClientProcess.Text(answer), ClientProcess.Text([.. seen, .. rest]));
    }

    [Fact]
    public async Task A_follower_in_another_process_outlives_the_server_and_sees_each_token_once()
    {
        const int choices = 8; // so many that the server is still at it when it is killed
        using var folder = new TempFolder();
        var model = TinyModel.Write(folder.File("tiny"));
        string id;
        var gateway = FreePort.Any(); // not the usual one, which another server may take before this one is back
        string[] options = ["--dtype", "float32", "--gateway-port", gateway.ToString(CultureInfo.InvariantCulture)];
        ClientProcess follower;
        await using (var server = await RunningServer.Start(model, folder.File("data"), options))
        {
            // Whoever posts it goes away at once, which parks the turn: it goes on when the follower reads, and not before.
            using (var stream = await EventReader.Post(server.Http, Path,
                Chat.Asking("Tell me.", $",\"stream\":true,\"ignore_eos\":true,\"max_tokens\":1800,\"seed\":7,\"n\":{choices}")))
            {
                id = EventReader.Data((await stream.Next())!).GetProperty("id").GetString()!;
            }
            follower = new ClientProcess(gateway, "follow", $"default/{id}");
            await follower.Next();
            var silo = (await Chat.Get(server.Http, "/admin/cluster")).GetProperty("silos")[0];
            Assert.True(silo.GetProperty("running").GetInt32() > 0, "The server had finished before it was killed.");
            await server.Kill();
        }

        using var _ = follower;
        await using var again = await RunningServer.Start(model, folder.File("data"), options);
        var lines = await follower.Rest();
        Assert.True(lines[^1].GetProperty("ended").GetBoolean());
        Assert.Equal(Enumerable.Range(1, lines.Count - 1), lines.SkipLast(1).Select(line => line.GetProperty("seq").GetInt32()));
        using var replayed = await EventReader.Resume(again.Http, $"{Path}/{id}", null);
        var events = await replayed.Rest();
        for (var choice = 1; choice < choices; choice++) // the first line of choice 0 was taken above
        {
            Assert.Equal(EventReader.Text(events, choice), ClientProcess.Text(lines, choice));
        }
    }

    static int GatewayOf(RunningServer server) =>
        int.Parse(Regex.Match(server.Notice, "gateway 127\\.0\\.0\\.1:(\\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
}
