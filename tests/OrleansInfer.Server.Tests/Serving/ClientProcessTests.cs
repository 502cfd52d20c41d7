using System.Globalization;
using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>Programs of other people, in processes of their own, reach the server through OrleansInfer.Client.</summary>
public sealed class ClientProcessTests
{
    const string Path = "/v1/chat/completions";

    [Fact]
    public async Task Another_process_chats_and_others_follow_the_conversation_and_resume()
    {
        using var folder = new TempFolder();
        var gateway = FreePort.Any(); // not the usual one, on which another server may answer
        await using var server = await RunningServer.Start(
            TinyModel.Write(folder.File("tiny")), folder.File("data"), "--gateway-port", gateway.ToString(CultureInfo.InvariantCulture));
        using var chat = new ClientProcess(gateway, "chat", "Tell me.", "c");
        var answer = await chat.Rest();
        var end = answer[^1];
        Assert.Equal(("c", "tiny"), (end.GetProperty("conversation").GetString(), end.GetProperty("model").GetString()));
        Assert.True(end.GetProperty("output_tokens").GetInt32() > 0);

        using var first = new ClientProcess(gateway, "follow", "default/c", "0", "2");
        var seen = await first.Rest();
        using var second = new ClientProcess(gateway, "follow", "default/c", $"{seen[^1].GetProperty("next_seq")}");
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
        var seen = new List<JsonElement>();
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
            // What was committed before the turn was parked comes at once; that it runs again is known by its load.
            do
            {
                seen.Add(await follower.Next() ?? throw new InvalidOperationException("The turn ended before the server was killed."));
            }
            while (await NumRunning(server) == 0);
            await server.Kill();
        }

        using var _ = follower;
        await using var again = await RunningServer.Start(model, folder.File("data"), options);
        List<JsonElement> lines = [.. seen, .. await follower.Rest()];
        Assert.True(lines[^1].GetProperty("ended").GetBoolean());
        Assert.Equal(Enumerable.Range(0, lines.Count - 1), lines.SkipLast(1).Select(line => line.GetProperty("seq").GetInt32()));
        using var replayed = await EventReader.Resume(again.Http, $"{Path}/{id}", null);
        var events = await replayed.Rest();
        for (var choice = 0; choice < choices; choice++)
        {
            Assert.Equal(EventReader.Text(events, choice), ClientProcess.Text(lines, choice));
        }
    }

    static async Task<int> NumRunning(RunningServer server) =>
        (await Chat.Get(server.Http, "/admin/cluster")).GetProperty("silos")[0].GetProperty("running").GetInt32();
}
