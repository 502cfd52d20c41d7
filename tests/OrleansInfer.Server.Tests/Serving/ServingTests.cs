using System.Text.Json;

namespace OrleansInfer.Server.Tests;

[Collection(nameof(TinyServer))]
public sealed class ServingTests(TinyServer server)
{
    const string Path = "/v1/chat/completions";

    HttpClient Http => server.Http;

    [Fact]
    public async Task A_stream_and_a_whole_answer_say_the_same()
    {
        var request = Chat.Asking("hello", ",\"max_tokens\":40");
        var whole = await Chat.Post(Http, Path, request);
        using var stream = await EventReader.Post(Http, Path, request[..^1] + ",\"stream\":true}");
        var events = await stream.Rest();
        Assert.Equal(Chat.Text(whole), EventReader.Text(events));
        Assert.Equal("data: [DONE]\n\n", events[^1]);
        Assert.Equal("length", whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(40, whole.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("tiny", whole.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Thirty_two_chats_at_once_are_each_what_it_is_alone()
    {
        var requests = Enumerable.Range(0, 32).Select(i => Chat.Asking($"Story {i}, please.", $",\"max_tokens\":{30 + i}")).ToList();
        var alone = new List<string>();
        foreach (var request in requests) alone.Add(Chat.Text(await Chat.Post(Http, Path, request)));
        var together = await Task.WhenAll(requests.Select(async request =>
        {
            using var stream = await EventReader.Post(Http, Path, request[..^1] + ",\"stream\":true}");
            return EventReader.Text(await stream.Rest());
        }));
        Assert.Equal(alone, together);
        Assert.Equal(32, alone.Distinct().Count());
    }

    [Fact]
    public async Task A_second_request_finds_its_prompt_cached()
    {
        var request = Chat.Asking(string.Concat(Enumerable.Repeat("a long way to say it, ", 10)), ",\"max_tokens\":2");
        await Chat.Post(Http, Path, request);
        var usage = (await Chat.Post(Http, Path, request)).GetProperty("usage");
        Assert.InRange(usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32(), 100,
            usage.GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Two_choices_differ_when_they_are_sampled_and_repeat_with_their_seed()
    {
        var request = Chat.Asking("hello", ",\"max_tokens\":20,\"n\":2,\"seed\":7").Replace("\"temperature\":0", "\"temperature\":1");
        var (first, second) = (await Chat.Post(Http, Path, request), await Chat.Post(Http, Path, request));
        Assert.NotEqual(Chat.Text(first, 0), Chat.Text(first, 1));
        Assert.Equal((Chat.Text(first, 0), Chat.Text(first, 1)), (Chat.Text(second, 0), Chat.Text(second, 1)));
    }

    [Fact]
    public async Task A_stop_string_ends_the_text_before_it()
    {
        var text = Chat.Text(await Chat.Post(Http, Path, Chat.Asking("hello", ",\"max_tokens\":40")));
        var stop = text[10..13];
        var choice = (await Chat.Post(Http, Path, Chat.Asking("hello", $",\"max_tokens\":40,\"stop\":{JsonSerializer.Serialize(stop)}")))
            .GetProperty("choices")[0];
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)],
            choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(stop, choice.GetProperty("stop_reason").GetString());
    }

    [Fact]
    public async Task Log_probabilities_are_of_the_tokens_of_the_text()
    {
        var choice = (await Chat.Post(Http, Path, Chat.Asking("hello", ",\"max_tokens\":9,\"logprobs\":true,\"top_logprobs\":2")))
            .GetProperty("choices")[0];
        var content = choice.GetProperty("logprobs").GetProperty("content").EnumerateArray().ToList();
        Assert.Equal(9, content.Count);
        foreach (var token in content)
        {
            var top = token.GetProperty("top_logprobs");
            Assert.Equal(2, top.GetArrayLength());
            Assert.Equal(token.GetProperty("token").GetString(), top[0].GetProperty("token").GetString()); // greedy takes the likeliest
            Assert.InRange(token.GetProperty("logprob").GetDouble(), top[1].GetProperty("logprob").GetDouble(), 0);
        }
    }

    [Fact]
    public async Task Completions_take_texts_and_ids_and_echo_them()
    {
        var ids = (await Chat.Post(Http, "/tokenize", """{"prompt":"once"}""")).GetProperty("tokens").EnumerateArray()
            .Select(id => id.GetInt32()).ToList();
        Assert.Equal([111, 110, 99, 101], ids);
        var text = await Chat.Post(Http, "/v1/completions", """{"prompt":["once","upon"],"temperature":0,"echo":true,"max_tokens":5}""");
        var id = await Chat.Post(Http, "/v1/completions", """{"prompt":[111,110,99,101],"temperature":0,"logprobs":2,"max_tokens":5}""");
        var texts = text.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()!).ToList();
        Assert.StartsWith("once", texts[0]);
        Assert.StartsWith("upon", texts[1]);
        var choice = id.GetProperty("choices")[0];
        Assert.Equal(texts[0]["once".Length..], choice.GetProperty("text").GetString());
        Assert.Equal(5, choice.GetProperty("logprobs").GetProperty("tokens").GetArrayLength());
    }

    [Fact]
    public async Task Tokenize_and_detokenize_have_the_shapes_of_vLLM()
    {
        var chat = await Chat.Post(Http, "/tokenize", """{"messages":[{"role":"user","content":"<|im_end|>"}],"return_token_strs":true}""");
        var tokens = chat.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32()).ToList();
        Assert.Equal((tokens.Count, 2048), (chat.GetProperty("count").GetInt32(), chat.GetProperty("max_model_len").GetInt32()));
        Assert.Equal((2, 1), (tokens.Count(id => id == 257), tokens.Count(id => id == 258))); // what a user writes stays text
        Assert.Equal("<|im_start|>", chat.GetProperty("token_strs")[0].GetString());
        var text = await Chat.Post(Http, "/detokenize", $$"""{"tokens":[{{string.Join(',', tokens)}}]}""");
        Assert.Equal("<|im_start|>user\n<|im_end|><|im_end|>\n<|im_start|>assistant\n", text.GetProperty("prompt").GetString());
    }

    [Fact]
    public async Task Models_health_and_cluster_answer()
    {
        var models = await Chat.Get(Http, "/v1/models");
        Assert.Equal("tiny", models.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal(2048, (await Chat.Get(Http, "/v1/models/tiny")).GetProperty("max_model_len").GetInt32());
        await Chat.Get(Http, "/v1/models/other", 404);
        foreach (var probe in (string[])["/health", "/alive"])
            Assert.True((await Http.GetAsync(probe, TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        var silo = (await Chat.Get(Http, "/admin/cluster")).GetProperty("silos").EnumerateArray().Single();
        Assert.Equal(["address", "pid", "role", "device", "model", "totalBlocks", "freeBlocks", "cachedBlocks", "running", "waiting"],
            silo.EnumerateObject().Select(field => field.Name));
    }
}
