using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Client.Sample;

/// <summary>What the sample can be asked to do.</summary>
internal sealed class Verbs(IClusterClient cluster, IChatClient chat)
{
    static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <returns>False: there is no such verb.</returns>
    public async Task<bool> RunAsync(string[] request)
    {
        switch (request)
        {
            case ["chat", var prompt]:
                await ChatAsync(prompt, null);
                return true;
            case ["chat", var prompt, var conversation]:
                await ChatAsync(prompt, conversation);
                return true;
            case ["start", var key, var prompt]:
                await StartAsync(key, prompt);
                return true;
            case ["follow", var key]:
                await FollowAsync(key, 0, long.MaxValue);
                return true;
            case ["follow", var key, var from]:
                await FollowAsync(key, Number(from), long.MaxValue);
                return true;
            case ["follow", var key, var from, var take]:
                await FollowAsync(key, Number(from), Number(take));
                return true;
            default:
                return false;
        }
    }

    async Task ChatAsync(string prompt, string? conversation)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in chat.GetStreamingResponseAsync(prompt, new ChatOptions { ConversationId = conversation }))
        {
            updates.Add(update);
            if (update.Text.Length > 0) Write(new { update.Text });
        }

        var response = updates.ToChatResponse();
        Write(new
        {
            Conversation = response.ConversationId,
            Model = response.ModelId,
            FinishReason = response.FinishReason?.Value,
            InputTokens = response.Usage?.InputTokenCount,
            OutputTokens = response.Usage?.OutputTokenCount,
        });
    }

    async Task StartAsync(string key, string prompt)
    {
        var turn = await cluster.GetGrain<IConversationGrain>(key).Start(new() { Messages = [new("user", prompt)] });
        Write(new { turn.FirstSeq });
    }

    /// <summary>
    /// Leaves the observer after <paramref name="take"/> tokens; another one, perhaps of another process, goes on at next_seq.
    /// </summary>
    async Task FollowAsync(string key, long from, long take)
    {
        var observer = new ResumableTokenObserver(cluster, ConversationKey.TryParse(key) ?? throw new FormatException(key), from);
        if (take > 0)
        {
            await foreach (var token in observer.ReadAllAsync())
            {
                Write(new { token.Seq, token.Choice, token.TokenId, token.Text, FinishReason = token.FinishReason?.ToString() });
                if (--take == 0) break;
            }
        }

        Write(new { observer.NextSeq, Ended = observer.Usage is not null });
    }

    static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    static void Write<T>(T line) => Console.WriteLine(JsonSerializer.Serialize(line, s_json));
}
