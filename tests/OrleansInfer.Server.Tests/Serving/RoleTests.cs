using System.Net;

namespace OrleansInfer.Server.Tests;

/// <summary>Servers that take requests and servers that generate.</summary>
public sealed class RoleTests : IDisposable
{
    const string Path = "/v1/chat/completions";

    readonly TempFolder _folder = new();
    readonly string _model, _store;

    public RoleTests() => (_model, _store) = (TinyModel.Write(_folder.File("tiny")), $"sqlite:{_folder.File("cluster.db")}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_api_server_loads_no_weights_and_an_engine_server_answers_through_it()
    {
        await using var api = await Start("api", WithoutWeights());
        Assert.Contains("role      api", api.Notice);
        var refusal = await Chat.Post(api.Http, Path, Chat.Asking("hi", ",\"max_tokens\":3"), 503);
        Assert.Contains("--role engine or both", refusal.GetProperty("error").GetProperty("message").GetString());
        await Chat.Get(api.Http, "/v1/models");

        await using var engine = await Start("engine", _model);
        var silos = await Cluster.WaitFor(api, silos: 2);
        Assert.Equal(["api", "engine"], silos.Select(silo => silo.GetProperty("role").GetString()).Order());
        var asked = Chat.Asking("Tell me.", ",\"max_tokens\":400,\"stream\":true");
        await WaitUntilServed(api);
        using var stream = await EventReader.Post(api.Http, Path, asked);
        Assert.Equal(400, EventReader.Text(await stream.Rest()).Length);

        var elsewhere = await Chat.Get(engine.Http, "/v1/models", 404);
        Assert.Contains("--role api or both", elsewhere.GetProperty("error").GetProperty("message").GetString());
        Assert.True((await engine.Http.GetAsync("/health", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_stream_of_an_api_server_waits_for_an_engine_that_comes_back()
    {
        await using var api = await Start("api", _model);
        var asked = Chat.Asking("Tell me.", ",\"max_tokens\":1900,\"stream\":true");
        List<string> expected, seen = [];
        EventReader stream;
        await using (var engine = await Start("engine", _model))
        {
            await WaitUntilServed(api);
            using (var whole = await EventReader.Post(api.Http, Path, asked)) expected = await whole.Rest();
            stream = await EventReader.Post(api.Http, Path, asked);
            while (seen.Count < 50) seen.Add((await stream.Next())!);
            await engine.Kill();
        }
        await using var again = await Start("engine", _model);
        seen.AddRange(await stream.Rest());
        stream.Dispose();
        Assert.Equal(Transcript.Payloads(expected), Transcript.Payloads(seen));
    }

    [Fact]
    public async Task What_a_role_cannot_do_is_refused_in_one_line()
    {
        await using var engine = await Start("engine", _model);
        var other = TinyModel.Write(_folder.File("other"), seed: 7);
        (string[] Args, string Named)[] cases =
        [
            (["--model", _model, "--role", "api", "--data", _folder.File("data")], "--role api needs --store"),
            (["--model", _model, "--role", "engine"], "--role engine needs --store"),
            (["--model", other, "--role", "api", "--store", _store], "must serve the same model"),
        ];
        foreach (var (args, named) in cases)
        {
            var (code, output, error) = await ServerProgramFile.Run("", ["--urls", "http://127.0.0.1:0", .. args]);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(named, Assert.Single(error.TrimEnd().Split('\n')));
        }
    }

    Task<RunningServer> Start(string role, string model) =>
        RunningServer.Start(model, _store, "--role", role, "--dtype", "float32", "--kv-cache-mib", "64");

    /// <summary>A silo that comes is known a moment before what it hosts.</summary>
    static async Task WaitUntilServed(RunningServer server)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var status = HttpStatusCode.ServiceUnavailable;
        while (status == HttpStatusCode.ServiceUnavailable)
        {
            using var response = await server.Http.PostAsync(Path, Chat.Body(Chat.Asking("hi", ",\"max_tokens\":1")), patience.Token);
            status = response.StatusCode;
        }
        Assert.Equal(HttpStatusCode.OK, status);
    }

    string WithoutWeights()
    {
        var folder = TinyModel.Write(_folder.File("light/tiny"));
        File.Delete(System.IO.Path.Combine(folder, "model.safetensors"));
        return folder;
    }
}
