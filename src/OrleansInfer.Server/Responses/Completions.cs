using System.Security.Cryptography;
using Orleans.Runtime;
using OrleansInfer.Abstractions;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>
/// Starts and finds completions. Each prompt is a conversation with a fresh key, "{tenant}/{id}", and "{tenant}/{id}.{i}" from the second
/// prompt on: whoever knows the id finds it again, on any silo and after any restart, and no tenant finds another's.
/// </summary>
internal sealed class Completions(
    IGrainFactory grains, ServerOptions options, Takeover takeover, IHostApplicationLifetime lifetime)
{
    const string ChatPrefix = "chatcmpl-", TextPrefix = "cmpl-";

    public async Task<Completion> Start(GenerationCall call, string tenant)
    {
        RefuseIfTooMany(call.Turns);
        // Under a new id nothing is in its way, whatever became of the old one.
        return await Takeover.StartAgain(() => StartOnce(call, tenant));
    }

    async Task<Completion> StartOnce(GenerationCall call, string tenant)
    {
        var id = (call.Format.Chat ? ChatPrefix : TextPrefix) + RandomNumberGenerator.GetHexString(32, lowercase: true);
        var started = new List<Conversation>(call.Turns.Count);
        try
        {
            foreach (var request in call.Turns)
            {
                var key = KeyOf(tenant, id, started.Count);
                var grain = grains.GetGrain<IConversationGrain>(key);
                RequestContext.Set(ConversationKey.PrefixContextKey, PromptPrefix.KeysOf(tenant, request));
                var kept = request with { Retention = options.Retention, ReadWithin = ConversationReader.ReadWithin };
                var turn = await takeover.AwaitMove(() => grain.Start(kept), lifetime.ApplicationStopping);
                started.Add(new Conversation(key, grain, turn, ResponseFormat.FromTag(request.Tag)!));
            }
        }
        catch
        {
            // A request is accepted as a whole or not at all.
            foreach (var conversation in started)
                await conversation.Grain.Delete().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        return new Completion(id, started);
    }

    /// <summary>More than the empty queue takes is not for another time: a 429 would be tried again for ever.</summary>
    void RefuseIfTooMany(IReadOnlyList<TurnRequest> turns)
    {
        var choices = turns.Sum(turn => turn.Sampling.N);
        if (choices > options.MaxNumWaiting)
            throw new ApiException(ApiError.Invalid(
                $"The request asks for {choices} choices in all; this server takes at most {options.MaxNumWaiting} at once.", "n"));
    }

    /// <exception cref="InferenceException">There is no such completion, or it is no longer kept.</exception>
    public async Task<Completion> Find(string id, bool chat, string tenant)
    {
        if (!IsId(id, chat ? ChatPrefix : TextPrefix)) throw NotFound(id);
        var first = await Find(id, 0, tenant);
        var conversations = new List<Conversation> { first };
        while (conversations.Count < first.Format.NumPrompts) conversations.Add(await Find(id, conversations.Count, tenant));
        return new Completion(id, conversations);
    }

    async Task<Conversation> Find(string id, int prompt, string tenant)
    {
        var key = KeyOf(tenant, id, prompt);
        var grain = grains.GetGrain<IConversationGrain>(key);
        var turn = await takeover.Await(() => GetTurn(grain, id), lifetime.ApplicationStopping);
        return new Conversation(key, grain, turn, ResponseFormat.FromTag(turn.Tag) ?? throw NotFound(id));
    }

    static async Task<TurnInfo> GetTurn(IConversationGrain grain, string id)
    {
        try
        {
            return await grain.GetTurn();
        }
        catch (InferenceException e) when (e.Error == InferenceError.ConversationNotFound)
        {
            throw NotFound(id);
        }
    }

    static string KeyOf(string tenant, string id, int prompt) => prompt == 0 ? $"{tenant}/{id}" : $"{tenant}/{id}.{prompt}";

    static bool IsId(string id, string prefix) =>
        id.Length is > 8 and <= 64 && id.StartsWith(prefix, StringComparison.Ordinal)
            && id.AsSpan(prefix.Length).IndexOfAnyExcept(Letters) < 0;

    static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create("0123456789abcdef");

    static InferenceException NotFound(string id) =>
        new(InferenceError.ConversationNotFound,
            $"There is no completion '{(id.Length <= 64 ? id : id[..64])}' here, or it is no longer kept.");
}
