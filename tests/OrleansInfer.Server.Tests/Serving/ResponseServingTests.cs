using System.Text.Json;

namespace OrleansInfer.Server.Tests;

[Collection(nameof(TinyServer))]
public sealed class ResponseServingTests(TinyServer server)
{
    const string Path = "/v1/responses";

    /// <summary>More than the tiny model generates before the next request, mostly.</summary>
    const string Long = ",\"max_output_tokens\":1900,\"ignore_eos\":true";

    HttpClient Http => server.Http;

    [Fact]
    public async Task A_stream_a_whole_answer_and_a_chat_say_the_same()
    {
        var chat = await Chat.Post(Http, "/v1/chat/completions", Chat.Asking("hello", ",\"max_tokens\":40"));
        var whole = await Post(Asking("hello", ",\"max_output_tokens\":40"));
        using var stream = await EventReader.Post(Http, Path, Asking("hello", ",\"max_output_tokens\":40,\"stream\":true"));
        var last = EventReader.Data((await stream.Rest())[^1]).GetProperty("response");
        Assert.Equal(Chat.Text(chat), Text(whole));
        Assert.Equal(Chat.Text(chat), Text(last));
        Assert.Equal(("incomplete", 40), (Status(whole), whole.GetProperty("usage").GetProperty("output_tokens").GetInt32()));
        Assert.Equal(last.GetRawText(), (await Get(IdOf(last))).GetRawText());
    }

    [Fact]
    public async Task A_stream_resumed_behind_any_event_is_its_tail()
    {
        using var stream = await EventReader.Post(Http, Path, Asking("resume", ",\"max_output_tokens\":12,\"stream\":true"));
        var events = await stream.Rest();
        var id = IdOf(EventReader.Data(events[0]).GetProperty("response"));
        for (var i = -1; i < events.Count; i++)
        {
            using var rest = await EventReader.Get(Http, $"{Path}/{id}?stream=true&starting_after={i}");
            Assert.Equal(events[(i + 1)..], await rest.Rest());
        }
    }

    [Fact]
    public async Task A_reader_who_leaves_finds_the_same_events_when_it_returns()
    {
        var seen = new List<string>();
        using (var stream = await EventReader.Post(Http, Path, Asking("leave", Long + ",\"stream\":true")))
            while (seen.Count < 20) seen.Add((await stream.Next())!);
        var id = IdOf(EventReader.Data(seen[0]).GetProperty("response"));
        using (var resumed = await EventReader.Get(Http, $"{Path}/{id}?stream=true&starting_after=19")) seen.AddRange(await resumed.Rest());
        using var whole = await EventReader.Get(Http, $"{Path}/{id}?stream=true");
        Assert.Equal(await whole.Rest(), seen);
        Assert.Equal(Text(await Get(id)), string.Concat(seen.Select(EventReader.Data)
            .Where(item => item.GetProperty("type").GetString() == "response.output_text.delta")
            .Select(item => item.GetProperty("delta").GetString())));
    }

    [Fact]
    public async Task A_response_in_the_background_runs_without_a_reader()
    {
        var begun = await Post(Asking("background", ",\"background\":true,\"max_output_tokens\":30"));
        var ended = await Ended(IdOf(begun));
        Assert.Equal(("incomplete", 30), (Status(ended), ended.GetProperty("usage").GetProperty("output_tokens").GetInt32()));
    }

    [Fact]
    public async Task Only_a_response_in_the_background_can_be_cancelled_and_its_stream_ends()
    {
        var (events, cancelled) = await InTime(async () =>
        {
            using var stream = await EventReader.Post(Http, Path, Asking("cancel", Long + ",\"stream\":true,\"background\":true"));
            var response = IdOf(EventReader.Data((await stream.Next())!).GetProperty("response"));
            var ended = await Chat.Post(Http, $"{Path}/{response}/cancel", "");
            return Status(ended) == "cancelled" ? (await stream.Rest(), ended) : ((List<string>, JsonElement)?)null;
        });
        var last = EventReader.Data(events[^1]);
        Assert.Equal("response.incomplete", last.GetProperty("type").GetString());
        Assert.Equal(cancelled.GetRawText(), last.GetProperty("response").GetRawText());
        Assert.Equal(cancelled.GetRawText(), (await Chat.Post(Http, $"{Path}/{IdOf(cancelled)}/cancel", "")).GetRawText());
        var other = await Post(Asking("foreground", ",\"max_output_tokens\":2"));
        await Chat.Post(Http, $"{Path}/{IdOf(other)}/cancel", "", 400);
    }

    [Fact]
    public async Task A_deleted_response_is_gone()
    {
        var id = IdOf(await Post(Asking("delete", ",\"max_output_tokens\":2")));
        using var deleted = await Http.DeleteAsync($"{Path}/{id}", TestContext.Current.CancellationToken);
        Assert.Equal($$"""{"id":"{{id}}","object":"response","deleted":true}""", await deleted.Content.ReadAsStringAsync());
        await Chat.Get(Http, $"{Path}/{id}", 404);
        await Chat.Get(Http, $"{Path}/{id}?stream=true", 404);
        var refusal = await Chat.Post(Http, Path, Asking("more", $",\"previous_response_id\":\"{id}\""), 400);
        Assert.Equal("previous_response_not_found", refusal.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_response_that_is_not_stored_can_be_resumed_and_nothing_else()
    {
        using var stream = await EventReader.Post(Http, Path, Asking("store", ",\"max_output_tokens\":5,\"store\":false,\"stream\":true"));
        var events = await stream.Rest();
        var id = IdOf(EventReader.Data(events[0]).GetProperty("response"));
        using var rest = await EventReader.Get(Http, $"{Path}/{id}?stream=true&starting_after=3");
        Assert.Equal(events[4..], await rest.Rest());
        await Chat.Get(Http, $"{Path}/{id}", 404);
        await Chat.Get(Http, $"{Path}/{id}/input_items", 404);
        await Chat.Post(Http, Path, Asking("more", $",\"previous_response_id\":\"{id}\""), 400);
        using var deleted = await Http.DeleteAsync($"{Path}/{id}", TestContext.Current.CancellationToken);
        await Chat.Get(Http, $"{Path}/{id}?stream=true", 404);
    }

    [Fact]
    public async Task A_chain_goes_on_in_its_conversation_and_branches_where_it_has_gone_on()
    {
        var first = await Post(Asking("one", ",\"max_output_tokens\":8,\"instructions\":\"Say A.\""));
        var second = await Post(Asking("two", $",\"max_output_tokens\":8,\"previous_response_id\":\"{IdOf(first)}\""));
        var branch = await Post(Asking("three", $",\"max_output_tokens\":8,\"previous_response_id\":\"{IdOf(first)}\""));
        var unstored = await Post(Asking("two", $",\"max_output_tokens\":8,\"store\":false,\"previous_response_id\":\"{IdOf(first)}\""));
        Assert.Equal([IdOf(first)[..37] + "00000001", "same", "other"],
            [IdOf(second), Text(unstored) == Text(second) ? "same" : "other", IdOf(branch)[..37] == IdOf(first)[..37] ? "same" : "other"]);
        // The same history in a chat; instructions of another response are not part of it.
        Assert.Equal(Text(second), await AsChat([("user", "one"), ("assistant", Text(first)), ("user", "two")]));
        Assert.Equal(Text(branch), await AsChat([("user", "one"), ("assistant", Text(first)), ("user", "three")]));
        Assert.Equal(["one", Text(first), "three"], await InputOf(IdOf(branch)));
        Assert.Equal(["one", Text(first), "two"], await InputOf(IdOf(second)));
        Assert.InRange(second.GetProperty("usage").GetProperty("input_tokens_details").GetProperty("cached_tokens").GetInt32(), 0,
            second.GetProperty("usage").GetProperty("input_tokens").GetInt32() - 1);
    }

    [Fact]
    public async Task Two_who_follow_the_same_response_at_once_both_get_an_answer()
    {
        var first = await Post(Asking("race", ",\"max_output_tokens\":4"));
        var next = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            Post(Asking("next", $",\"max_output_tokens\":20,\"previous_response_id\":\"{IdOf(first)}\""))));
        Assert.Equal(4, next.Select(IdOf).Distinct().Count());
        Assert.Single(next.Select(Text).Distinct());
        Assert.Single(next, response => IdOf(response)[..37] == IdOf(first)[..37]);
    }

    [Fact]
    public async Task A_named_conversation_keeps_input_and_answers()
    {
        var conversation = (await Chat.Post(Http, "/v1/conversations", """{"items":[{"role":"user","content":"zero"}]}"""))
            .GetProperty("id").GetString();
        var first = await Post(Asking("one", $",\"max_output_tokens\":4,\"conversation\":\"{conversation}\""));
        var second = await Post(Asking("two", $",\"max_output_tokens\":4,\"conversation\":{{\"id\":\"{conversation}\"}},\"store\":false"));
        Assert.Equal(conversation, second.GetProperty("conversation").GetProperty("id").GetString());
        Assert.Equal(Text(second), await AsChat(
            [("user", "zero"), ("user", "one"), ("assistant", Text(first)), ("user", "two")], maxTokens: 4));
        var items = await Chat.Get(Http, $"/v1/conversations/{conversation}/items?order=asc");
        Assert.Equal(["zero", "one", Text(first), "two", Text(second)], TextsOf(items));
        Assert.Equal(IdOf(first.GetProperty("output")[0]), IdOf(items.GetProperty("data")[2]));
        // Who follows one of its responses leaves the conversation as it is.
        var follower = await Post(Asking("three", $",\"max_output_tokens\":4,\"previous_response_id\":\"{IdOf(first)}\""));
        Assert.Equal(["zero", "one", Text(first), "three"], await InputOf(IdOf(follower)));
        Assert.Equal(5, (await Chat.Get(Http, $"/v1/conversations/{conversation}/items")).GetProperty("data").GetArrayLength());
        await Chat.Post(Http, Path, Asking("four", ",\"conversation\":\"conv_0123456789abcdef0123456789abcdef\""), 404);
    }

    [Fact]
    public async Task A_conversation_takes_one_response_at_a_time()
    {
        var conversation = IdOf(await Chat.Post(Http, "/v1/conversations", "{}"));
        var place = $",\"conversation\":\"{conversation}\"";
        var (running, refusal) = await InTime(async () =>
        {
            var response = IdOf(await Post(Asking("one", Long + ",\"background\":true" + place)));
            using var second = await Http.PostAsync(Path, Chat.Body(Asking("two", ",\"max_output_tokens\":2" + place)));
            await Chat.Post(Http, $"{Path}/{response}/cancel", "");
            return second.IsSuccessStatusCode ? ((string, string)?)null : (response, await second.Content.ReadAsStringAsync());
        });
        Assert.Contains("conversation_busy", refusal);
        Assert.Contains(running, refusal);
        await Post(Asking("two", ",\"max_output_tokens\":2" + place));
    }

    [Fact]
    public async Task A_response_is_followed_once_it_has_ended()
    {
        var (_, refusal) = await InTime(async () =>
        {
            var response = IdOf(await Post(Asking("one", Long + ",\"background\":true")));
            using var second = await Http.PostAsync(Path, Chat.Body(Asking("two", $",\"previous_response_id\":\"{response}\"")));
            await Chat.Post(Http, $"{Path}/{response}/cancel", "");
            return second.IsSuccessStatusCode ? ((string, string)?)null : (response, await second.Content.ReadAsStringAsync());
        });
        Assert.Contains("is still running", refusal);
    }

    [Fact]
    public async Task Input_may_be_items_with_outputs_of_functions_and_references()
    {
        var first = await Post(Asking("one", ",\"max_output_tokens\":4"));
        var item = first.GetProperty("output")[0].GetProperty("id").GetString();
        var second = await Post($$"""
            {"input":[{"id":"{{item}}"},{"role":"user","content":[{"type":"input_text","text":"two"}]},
             {"type":"function_call_output","call_id":"c","output":"3"}],
             "temperature":0,"max_output_tokens":2}
            """);
        var page = await Chat.Get(Http, $"{Path}/{IdOf(second)}/input_items?order=asc&limit=3");
        var items = page.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["message", "message", "function_call_output"], items.Select(part => part.GetProperty("type").GetString()));
        Assert.Equal(Text(first), items[0].GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_request_that_is_made_again_by_its_name_finds_the_same_response()
    {
        var first = await Post(Asking("again", ",\"max_output_tokens\":4"));
        var conversation = IdOf(await Chat.Post(Http, "/v1/conversations", "{}"));
        foreach (var place in (string[])["", $",\"previous_response_id\":\"{IdOf(first)}\"", $",\"conversation\":\"{conversation}\""])
        {
            var request = Asking("again", ",\"max_output_tokens\":300" + place);
            var key = Guid.NewGuid().ToString();
            var answers = await Task.WhenAll(Named(request, key), Named(request, key));
            var later = await Named(request, key);
            Assert.Equal(answers[0], answers[1]);
            Assert.Equal(answers[0], later);
            Assert.NotEqual(answers[0], await Named(request, key + "'"));
        }

        async Task<string> Named(string request, string key)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, Path) { Content = Chat.Body(request) };
            message.Headers.Add("Idempotency-Key", key);
            using var response = await Http.SendAsync(message, TestContext.Current.CancellationToken);
            return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("POST", "", """{"input":"hi","max_output_tokens":4000}""", 400, "input")]
    [InlineData("POST", "", """{"input":[]}""", 400, "input")]
    [InlineData("POST", "", """{"input":[{"id":"msg_0123456789abcdef0123456789abcdef00000000"}]}""", 404, "input[0].id")]
    [InlineData("GET", "/resp_1", null, 404, null)]
    [InlineData("GET", "/resp_0123456789abcdef0123456789abcdef00000000", null, 404, null)]
    [InlineData("GET", "/resp_0123456789abcdef0123456789abcdef00000000?stream=maybe", null, 400, "stream")]
    [InlineData("POST", "/resp_0123456789abcdef0123456789abcdef00000000/cancel", "", 404, null)]
    public async Task Refuses_in_words(string method, string path, string? body, int status, string? param)
    {
        var refusal = method == "GET" ? await Chat.Get(Http, Path + path, status) : await Chat.Post(Http, Path + path, body!, status);
        Assert.Equal(param, refusal.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Starting_after_must_be_a_number()
    {
        var id = IdOf(await Post(Asking("number", ",\"max_output_tokens\":2")));
        await Chat.Get(Http, $"{Path}/{id}?stream=true&starting_after=x", 400);
        await Chat.Get(Http, $"{Path}/{id}?include=nothing", 400);
        await Chat.Get(Http, $"{Path}/{id}?include[]=message.output_text.logprobs");
    }

    /// <summary>For what has to happen while a response runs: where the machine was too slow for that, another one is tried.</summary>
    static async Task<T> InTime<T>(Func<Task<T?>> attempt) where T : struct
    {
        for (var i = 0; i < 10; i++)
            if (await attempt() is { } result) return result;
        throw new TimeoutException("Ten responses had ended before the next request came.");
    }

    static string Asking(string text, string fields) => $$"""{"input":{{JsonSerializer.Serialize(text)}},"temperature":0{{fields}}}""";

    Task<JsonElement> Post(string json) => Chat.Post(Http, Path, json);

    Task<JsonElement> Get(string id) => Chat.Get(Http, $"{Path}/{id}");

    async Task<JsonElement> Ended(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var response = await Get(id);
            if (Status(response) is not ("queued" or "in_progress")) return response;
            await Task.Delay(20, patience.Token);
        }
    }

    async Task<string> AsChat((string Role, string Content)[] messages, int maxTokens = 8)
    {
        var json = JsonSerializer.Serialize(messages.Select(message => new { role = message.Role, content = message.Content }));
        return Chat.Text(await Chat.Post(
            Http, "/v1/chat/completions", $$"""{"messages":{{json}},"temperature":0,"max_tokens":{{maxTokens}}}"""));
    }

    async Task<List<string>> InputOf(string id) => TextsOf(await Chat.Get(Http, $"{Path}/{id}/input_items?order=asc"));

    static List<string> TextsOf(JsonElement list) =>
        [.. list.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("content")[0].GetProperty("text").GetString()!)];

    static string IdOf(JsonElement response) => response.GetProperty("id").GetString()!;

    static string Status(JsonElement response) => response.GetProperty("status").GetString()!;

    static string Text(JsonElement response) => string.Concat(response.GetProperty("output").EnumerateArray()
        .SelectMany(item => item.GetProperty("content").EnumerateArray()).Select(part => part.GetProperty("text").GetString()));
}
