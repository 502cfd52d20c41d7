using System.ClientModel;
using OpenAI.Conversations;
using OpenAI.Responses;

namespace OrleansInfer.Server.Tests;

/// <summary>The official .NET client reads responses.</summary>
[Collection(nameof(TinyServer))]
public sealed class OpenAIResponsesTests(TinyServer server)
{
#pragma warning disable OPENAI001 // This client calls responses experimental.
    readonly Uri _endpoint = new(server.Http.BaseAddress!, "/v1");

    ResponsesClient Responses => new(new ApiKeyCredential("none"), new ResponsesClientOptions { Endpoint = _endpoint });

    [Fact]
    public async Task Reads_a_response_and_what_follows_it()
    {
        var first = (await Responses.CreateResponseAsync(Asking("hello"))).Value;
        Assert.Equal((ResponseStatus.Incomplete, ResponseIncompleteStatusReason.MaxOutputTokens, 20),
            (first.Status!.Value, first.IncompleteStatusDetails.Reason!.Value, first.Usage.OutputTokenCount));
        var options = Asking("and then?");
        options.PreviousResponseId = first.Id;
        var second = (await Responses.CreateResponseAsync(options)).Value;
        Assert.Equal(first.Id, second.PreviousResponseId);
        var items = new List<ResponseItem>();
        var pages = new ResponseItemCollectionOptions(second.Id) { PageSizeLimit = 2, Order = ResponseItemCollectionOrder.Ascending };
        await foreach (var item in Responses.GetResponseInputItemsAsync(pages)) items.Add(item);
        Assert.Equal(["hello", first.GetOutputText(), "and then?"], items.Select(item => ((MessageResponseItem)item).Content[0].Text));
        Assert.True((await Responses.DeleteResponseAsync(second.Id)).Value.Deleted);
        var gone = await Assert.ThrowsAsync<ClientResultException>(() => Responses.GetResponseAsync(second.Id));
        Assert.Equal(404, gone.Status);
    }

    [Fact]
    public async Task Resumes_a_stream_at_a_number()
    {
        var options = Asking("stream");
        options.StreamingEnabled = true;
        var text = "";
        (string Id, int Last) left = default;
        await foreach (var update in (await Responses.CreateResponseStreamingAsync(options)))
        {
            if (update is StreamingResponseCreatedUpdate created) left.Id = created.Response.Id;
            if (update is StreamingResponseOutputTextDeltaUpdate delta) text += delta.Delta;
            left.Last = update.SequenceNumber;
            if (text.Length > 5) break;
        }
        ResponseResult? ended = null;
        var resume = new GetResponseOptions(left.Id) { StreamingEnabled = true, StartingAfter = left.Last };
        await foreach (var update in (await Responses.GetResponseStreamingAsync(resume)))
        {
            Assert.Equal(++left.Last, update.SequenceNumber);
            if (update is StreamingResponseOutputTextDeltaUpdate delta) text += delta.Delta;
            if (update is StreamingResponseIncompleteUpdate incomplete) ended = incomplete.Response;
        }
        Assert.Equal(text, ended!.GetOutputText());
    }

    [Fact]
    public async Task Polls_and_cancels_a_response_in_the_background()
    {
        var options = Asking("background");
        options.BackgroundModeEnabled = true;
        var response = (await Responses.CreateResponseAsync(options)).Value;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (response.Status is ResponseStatus.Queued or ResponseStatus.InProgress)
            response = (await Responses.GetResponseAsync(response.Id, patience.Token)).Value;
        Assert.Equal(ResponseStatus.Incomplete, response.Status);
        // What has ended stays as it ended.
        Assert.Equal(ResponseStatus.Incomplete, (await Responses.CancelResponseAsync(response.Id)).Value.Status);
    }

    [Fact]
    public async Task Speaks_in_a_conversation()
    {
        var conversations = new ConversationClient(new ApiKeyCredential("none"), new ConversationClientOptions { Endpoint = _endpoint });
        var conversation = (await conversations.CreateConversationAsync(new ConversationCreationOptions())).Value;
        var options = Asking("hello");
        options.ConversationOptions = new ResponseConversationOptions(conversation.Id);
        options.Instructions = "Be brief.";
        options.IncludedProperties.Add(IncludedResponseProperty.MessageOutputTextLogProbabilities);
        options.Tools.Add(ResponseTool.CreateFunctionTool("f", BinaryData.FromString("""{"type":"object"}"""), strictModeEnabled: true));
        var response = (await Responses.CreateResponseAsync(options)).Value;
        Assert.Equal(conversation.Id, response.ConversationOptions.ConversationId);
        Assert.Equal("f", ((FunctionTool)response.Tools[0]).FunctionName);
    }

    static CreateResponseOptions Asking(string text) => new("tiny", [ResponseItem.CreateUserMessageItem(text)])
    {
        Temperature = 0, MaxOutputTokenCount = 20,
    };
}
