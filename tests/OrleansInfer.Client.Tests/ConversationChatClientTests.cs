using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using OrleansInfer.Abstractions;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace OrleansInfer.Client.Tests;

[Collection(ClusterCollection.Name)]
public sealed class ConversationChatClientTests(TestCluster cluster)
{
    readonly string _tenant = Guid.NewGuid().ToString("N");

    ConversationChatClient Client => new(cluster.Client, new() { Tenant = _tenant });

    FakeConversation Conversation(string id) => cluster.Conversations[$"{_tenant}/{id}"];

    FakeConversation Answering(string id, FinishReason reason, params string[] texts)
    {
        var conversation = Conversation(id);
        conversation.Answer = (texts, reason);
        return conversation;
    }

    [Fact]
    public async Task Answers_with_text_usage_and_reason()
    {
        var conversation = Answering("c", FinishReason.Length, "Hel", "lo");
        var response = await Client.GetResponseAsync("hi", new() { ConversationId = "c" });
        Assert.Equal("Hello", response.Text);
        Assert.Equal((ChatFinishReason.Length, "c", "served"), (response.FinishReason!.Value, response.ConversationId, response.ModelId));
        Assert.Equal(FakeConversation.Created, response.CreatedAt);
        Assert.Equal((7, 3, 10, 3), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount,
            response.Usage.TotalTokenCount, response.Usage.CachedInputTokenCount));
        Assert.Equal("hi", Assert.Single(conversation.Requests).Messages![0].Content);
        Assert.Equal(0, conversation.Cancels);
        Assert.All(conversation.Tenants, tenant => Assert.Equal(_tenant, tenant));
    }

    [Fact]
    public async Task Streams_text_as_it_is_committed()
    {
        var conversation = Conversation("c");
        await using var updates = Client.GetStreamingResponseAsync("hi", new() { ConversationId = "c" }).GetAsyncEnumerator();
        var next = updates.MoveNextAsync();
        await conversation.WaitForReadAsync();
        conversation.Commit("a");
        Assert.True(await next);
        Assert.Equal("a", updates.Current.Text);
        next = updates.MoveNextAsync();
        await conversation.WaitForReadAsync();
        conversation.Commit("b");
        conversation.Finish();
        var rest = "";
        while (await next)
        {
            rest += updates.Current.Text;
            next = updates.MoveNextAsync();
        }

        Assert.Equal("b", rest);
    }

    [Fact]
    public async Task Begins_a_conversation_of_its_own_and_continues_it()
    {
        cluster.Conversations.Answer = (["yes"], FinishReason.Stop);
        var first = await Client.GetResponseAsync("one");
        cluster.Conversations.Answer = null;
        var conversation = Conversation(first.ConversationId!);
        var second = await Client.GetResponseAsync("two", new() { ConversationId = first.ConversationId });
        Assert.Equal(["one", "two"], conversation.Requests.Select(request => Assert.Single(request.Messages!).Content));
        Assert.Equal([TimeSpan.FromMinutes(10), null], conversation.Requests.Select(request => request.Retention));
        Assert.Equal("yes", second.Text);
        Assert.NotEqual(first.ResponseId, second.ResponseId);
    }

    [Fact]
    public async Task Cancellation_cancels_the_turn()
    {
        using var cancellation = new CancellationTokenSource();
        var answering = Client.GetResponseAsync("hi", new() { ConversationId = "c" }, cancellation.Token);
        await Conversation("c").WaitForReadAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
        Assert.Equal(1, Conversation("c").Cancels);
    }

    [Fact]
    public async Task An_abandoned_answer_is_cancelled()
    {
        Conversation("c").PageSize = 1;
        Answering("c", FinishReason.Stop, "a", "b");
        await foreach (var _ in Client.GetStreamingResponseAsync("hi", new() { ConversationId = "c" })) break;
        Assert.Equal(1, Conversation("c").Cancels);
    }

    [Fact]
    public async Task A_refusal_reaches_the_caller_with_its_fields()
    {
        Conversation("c").FailWith(new InferenceException(InferenceError.Overloaded, "full", retryAfter: TimeSpan.FromSeconds(3)));
        var refusal = await Assert.ThrowsAsync<InferenceException>(() => Client.GetResponseAsync("hi", new() { ConversationId = "c" }));
        Assert.Equal((InferenceError.Overloaded, TimeSpan.FromSeconds(3)), (refusal.Error, refusal.RetryAfter));
    }

    [Fact]
    public async Task An_answer_that_the_server_could_not_finish_is_no_answer()
    {
        Answering("c", FinishReason.Error, "half");
        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.GetResponseAsync("hi", new() { ConversationId = "c" }));
    }

    [Fact]
    public async Task Options_become_sampling_parameters()
    {
        var conversation = Answering("c", FinishReason.Stop, "x");
        await Client.GetResponseAsync("hi", new()
        {
            ConversationId = "c", ModelId = "m", Temperature = 0.5f, TopP = 0.25f, TopK = 3, MaxOutputTokens = 9, Seed = -1,
            FrequencyPenalty = 0.75f, PresencePenalty = -0.5f, StopSequences = ["END"],
            RawRepresentationFactory = _ => new SamplingParams { MinP = 0.125f, Temperature = 2 },
        });
        var request = Assert.Single(conversation.Requests);
        Assert.Equal("m", request.Model);
        Assert.Equal(["END"], request.Sampling.Stop);
        Assert.Equal(
            new SamplingParams
            {
                Temperature = 0.5f, TopP = 0.25f, TopK = 3, MaxTokens = 9, Seed = ulong.MaxValue,
                FrequencyPenalty = 0.75f, PresencePenalty = -0.5f, MinP = 0.125f, Stop = request.Sampling.Stop,
                StopTokenIds = request.Sampling.StopTokenIds,
            },
            request.Sampling);
    }

    [Fact]
    public async Task Tools_calls_and_results_become_openais_json()
    {
        var conversation = Answering("c", FinishReason.Stop, "x");
        var order = AIFunctionFactory.Create((string drink) => drink, "order", "Orders a \u00e9clair.");
        await Client.GetResponseAsync(
            [
                new(ChatRole.User, "a latte") { AuthorName = "Ann" },
                new(ChatRole.Assistant, [new FunctionCallContent("1", "order", new Dictionary<string, object?> { ["drink"] = "latte" })]),
                new(ChatRole.Tool, [new FunctionResultContent("1", new { ok = true }), new FunctionResultContent("2", "done")]),
            ],
            new() { ConversationId = "c", Tools = [order] });
        var request = Assert.Single(conversation.Requests);
        Assert.Equal(["user", "assistant", "tool", "tool"], request.Messages!.Select(message => message.Role));
        Assert.Equal(["a latte", null, "{\"ok\":true}", "done"], request.Messages!.Select(message => message.Content));
        Assert.Equal([null, null, "1", "2"], request.Messages!.Select(message => message.ToolCallId));
        Assert.Equal("Ann", request.Messages![0].Name);
        Assert.Equal(
            """[{"id":"1","type":"function","function":{"name":"order","arguments":"{\"drink\":\"latte\"}"}}]""",
            request.Messages[1].ToolCallsJson);
        Assert.Contains("Orders a \u00e9clair.", request.ToolsJson);
        var function = JsonNode.Parse(request.ToolsJson!)![0]!["function"]!;
        Assert.Equal(("order", "string"), ((string?)function["name"], (string?)function["parameters"]!["properties"]!["drink"]!["type"]));
    }

    [Fact]
    public async Task Instructions_stand_once_at_the_head_of_a_conversation()
    {
        var conversation = Answering("c", FinishReason.Stop, "x");
        var options = new ChatOptions { ConversationId = "c", Instructions = "Be brief." };
        await Client.GetResponseAsync("one", options);
        await Client.GetResponseAsync("two", options);
        Assert.Equal(["system", "user"], conversation.Requests[0].Messages!.Select(message => message.Role));
        Assert.Equal(["user"], conversation.Requests[1].Messages!.Select(message => message.Role));
    }

    public static TheoryData<ChatOptions, ChatMessage> Unsupported => new()
    {
        { new() { ResponseFormat = ChatResponseFormat.Json }, new(ChatRole.User, "x") },
        { new() { Tools = [AIFunctionFactory.Create(() => 1, "f")], ToolMode = ChatToolMode.RequireAny }, new(ChatRole.User, "x") },
        { new() { Tools = [new HostedWebSearchTool()] }, new(ChatRole.User, "x") },
        { new() { RawRepresentationFactory = _ => new SamplingParams { N = 2 } }, new(ChatRole.User, "x") },
        { new(), new(ChatRole.User, [new UriContent("http://localhost/a.png", "image/png")]) },
    };

    [Theory, MemberData(nameof(Unsupported), DisableDiscoveryEnumeration = true)]
    public async Task What_the_server_has_not_is_refused(ChatOptions options, ChatMessage message) =>
        await Assert.ThrowsAsync<NotSupportedException>(() => Client.GetResponseAsync([message], options));

    [Fact]
    public void Tells_what_it_is()
    {
        IChatClient client = new ConversationChatClient(cluster.Client, new() { ModelId = "m" });
        var metadata = client.GetService<ChatClientMetadata>()!;
        Assert.Equal(("orleansinfer", "m"), (metadata.ProviderName, metadata.DefaultModelId));
        Assert.Same(client, client.GetService<ConversationChatClient>());
        Assert.Same(cluster.Client, client.GetService<IGrainFactory>());
        Assert.Null(client.GetService<string>());
    }

    [Fact]
    public async Task Is_found_in_the_services_of_a_client()
    {
        var conversation = Answering("c", FinishReason.Stop, "x");
        await using var services = new ServiceCollection()
            .AddSingleton<IGrainFactory>(cluster.Client)
            .AddOrleansInferChatClient(options => options.Tenant = _tenant)
            .BuildServiceProvider();
        await services.GetRequiredService<IChatClient>().GetResponseAsync("hi", new() { ConversationId = "c" });
        Assert.Single(conversation.Requests);
    }
}
