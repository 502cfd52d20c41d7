using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.AI;
using Orleans.Runtime;
using OrleansInfer.Abstractions;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace OrleansInfer.Client;

/// <summary>
/// A chat client over conversation grains, with no HTTP between. An answer survives the death of silos while it is read, and its tokens
/// are in the conversation's journal.
/// </summary>
/// <remarks>
/// Without <see cref="ChatOptions.ConversationId"/> a conversation is begun; the response names it. With one, that conversation is
/// continued: send the new messages only. A cancelled or abandoned enumeration cancels the turn. Tools are shown to the model; a call of
/// one comes back in the answer's text, as the model writes it.
/// </remarks>
/// <param name="grains">The cluster: a client's or a silo's.</param>
/// <param name="options">Null: the defaults.</param>
public sealed class ConversationChatClient(IGrainFactory grains, ConversationChatClientOptions? options = null) : IChatClient
{
    static readonly TimeSpan s_cancelPatience = TimeSpan.FromSeconds(5);

    readonly ConversationChatClientOptions _options = options ?? new();

    /// <inheritdoc/>
    /// <exception cref="InferenceException">The server refused the turn.</exception>
    /// <exception cref="NotSupportedException">The request asks for something that the server has not.</exception>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="InferenceException">The server refused the turn.</exception>
    /// <exception cref="NotSupportedException">The request asks for something that the server has not.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new();
        var id = options.ConversationId ?? Guid.CreateVersion7().ToString("N");
        var conversation = grains.GetGrain<IConversationGrain>(new ConversationKey(_options.Tenant, id).ToString());
        var turn = await StartAsync(conversation, messages, options, cancellationToken);
        var ended = false;
        try
        {
            await foreach (var page in conversation.ReadPagesAsync(turn.FirstSeq, _options.Reading, cancellationToken))
            {
                ended = page.Done;
                yield return Update(id, turn, page);
            }
        }
        finally
        {
            if (!ended) await CancelAsync(conversation);
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType == typeof(ChatClientMetadata)) return new ChatClientMetadata("orleansinfer", defaultModelId: _options.ModelId);
        return serviceType.IsInstanceOfType(this) ? this : serviceType.IsInstanceOfType(grains) ? grains : null;
    }

    /// <summary>Nothing to release: the cluster is the caller's.</summary>
    public void Dispose()
    {
    }

    async Task<TurnInfo> StartAsync(
        IConversationGrain conversation, IEnumerable<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken)
    {
        RequestContext.Set(ConversationKey.TenantContextKey, _options.Tenant);
        if (!string.IsNullOrEmpty(options.Instructions) && await IsNew(conversation, options))
        {
            messages = messages.Prepend(new(ChatRole.System, options.Instructions));
        }

        cancellationToken.ThrowIfCancellationRequested();
        return await conversation.Start(TurnRequests.From(messages, options, _options, this));
    }

    /// <summary>Instructions come with every request, but stand once at the head of a conversation.</summary>
    static async Task<bool> IsNew(IConversationGrain conversation, ChatOptions options)
    {
        if (options.ConversationId is null) return true;
        try
        {
            await conversation.GetTurn();
            return false;
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            return true;
        }
    }

    async Task CancelAsync(IConversationGrain conversation)
    {
        RequestContext.Set(ConversationKey.TenantContextKey, _options.Tenant);
        // The reader left, perhaps because the cluster is gone: what it waits for here is not worth more than this.
        await conversation.Cancel().WaitAsync(s_cancelPatience, _options.Reading.Time)
            .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
    }

    static ChatResponseUpdate Update(string id, TurnInfo turn, TokenPage page)
    {
        var text = new StringBuilder();
        ChatFinishReason? reason = null;
        foreach (var token in page.Events)
        {
            text.Append(token.Text);
            reason = token.FinishReason is { } ended ? ReasonOf(ended) : reason;
        }

        var update = new ChatResponseUpdate(ChatRole.Assistant, text.Length > 0 ? text.ToString() : null)
        {
            ConversationId = id,
            ResponseId = $"{id}/{turn.FirstSeq}",
            MessageId = $"{id}/{turn.FirstSeq}",
            ModelId = turn.Model,
            CreatedAt = turn.Created,
            FinishReason = reason,
            RawRepresentation = page,
        };
        if (page.Usage is { } usage) update.Contents.Add(new UsageContent(Details(usage)));
        return update;
    }

    static ChatFinishReason ReasonOf(FinishReason reason) => reason switch
    {
        FinishReason.Stop => ChatFinishReason.Stop,
        FinishReason.Length => ChatFinishReason.Length,
        FinishReason.Abort => new("abort"),
        _ => throw new InvalidOperationException("The server could not go on with the answer; its log says why."),
    };

    static UsageDetails Details(TurnUsage usage) => new()
    {
        InputTokenCount = usage.PromptTokens,
        OutputTokenCount = usage.CompletionTokens,
        TotalTokenCount = usage.PromptTokens + usage.CompletionTokens,
        CachedInputTokenCount = usage.CachedTokens,
    };
}
