using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI.Conversations;

namespace OrleansInfer.Server.Tests;

/// <summary>OpenAI's own client for .NET against this server.</summary>
[Collection(nameof(TinyServer))]
public sealed class OpenAIClientTests(TinyServer server)
{
#pragma warning disable OPENAI001 // All of this client's conversations are marked experimental.
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    ConversationClient Conversations => new(
        new ApiKeyCredential("none"), new ConversationClientOptions { Endpoint = new Uri(server.Http.BaseAddress!, "/v1") });

    [Fact]
    public async Task Conversations_are_made_changed_and_deleted()
    {
        ConversationResource made = await Conversations.CreateConversationAsync(new() { Metadata = { ["topic"] = "demo" } }, Cancellation);
        ConversationResource found = await Conversations.GetConversationAsync(made.Id, Cancellation);
        Assert.Equal((made.Id, made.CreatedAt), (found.Id, found.CreatedAt));

        ConversationResource changed = await Conversations.UpdateConversationAsync(
            made.Id, new() { Metadata = { ["topic"] = "tea" } }, Cancellation);
        Assert.Equal("tea", changed.Metadata["topic"]);

        ConversationDeletionResult deleted = await Conversations.DeleteConversationAsync(made.Id, Cancellation);
        Assert.True(deleted.Deleted);
        var refusal = await Assert.ThrowsAsync<ClientResultException>(() => Conversations.GetConversationAsync(made.Id, Cancellation));
        Assert.Equal(404, refusal.Status);
    }

    [Fact]
    public async Task Items_are_added_listed_through_all_pages_and_deleted()
    {
        ConversationResource conversation = await Conversations.CreateConversationAsync(new(), Cancellation);
        var body = BinaryContent.Create(BinaryData.FromString("""
            {"items":[{"type":"message","role":"user","content":"one"},{"type":"message","role":"user","content":"two"},
                {"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"}]}
            """));
        IncludedConversationItemProperty[] include =
        [
            IncludedConversationItemProperty.MessageOutputTextLogProbabilities, IncludedConversationItemProperty.ReasoningEncryptedContent,
        ];
        var added = await Conversations.CreateConversationItemsAsync(conversation.Id, body, include, null);
        var first = Root(added).GetProperty("data")[0].GetProperty("id").GetString()!;

        Assert.Equal(["message", "message", "function_call"], await Types());
        Assert.Equal("one", Root(await Conversations.GetConversationItemAsync(conversation.Id, first, include, null))
            .GetProperty("content")[0].GetProperty("text").GetString());
        await Conversations.DeleteConversationItemAsync(conversation.Id, first, new RequestOptions());
        Assert.Equal(["message", "function_call"], await Types());

        async Task<List<string>> Types()
        {
            var types = new List<string>();
            var pages = Conversations.GetConversationItemsAsync(conversation.Id, limit: 1, order: "asc", null, include, null);
            await foreach (var page in pages.GetRawPagesAsync())
                types.AddRange(Root(page).GetProperty("data").EnumerateArray().Select(item => item.GetProperty("type").GetString()!));
            return types;
        }
    }

    static JsonElement Root(ClientResult result) => JsonDocument.Parse(result.GetRawResponse().Content).RootElement;
}
