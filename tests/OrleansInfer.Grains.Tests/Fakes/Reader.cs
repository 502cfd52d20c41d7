using OrleansInfer.Abstractions;

namespace OrleansInfer.Grains.Tests;

static class Reader
{
    /// <summary>Reads to the end of the turn. A conversation whose journal has just failed says so, once, and is asked again.</summary>
    public static async Task<List<TokenEvent>> ReadAll(this IConversationGrain conversation, long from = 0)
    {
        var events = new List<TokenEvent>();
        for (var failures = 0; ;)
        {
            try
            {
                var page = await conversation.Read(from + events.Count, 2_000);
                events.AddRange(page.Events);
                if (page.Done) return events;
            }
            catch (InferenceException e) when (e.Error == InferenceError.Unavailable && ++failures < 10)
            {
            }
        }
    }

    /// <summary>Reads until so many events have come.</summary>
    public static async Task<List<TokenEvent>> ReadSome(this IConversationGrain conversation, int count, long from = 0)
    {
        var events = new List<TokenEvent>();
        while (events.Count < count) events.AddRange((await conversation.Read(from + events.Count, 2_000)).Events);
        return events;
    }

    public static string Text(this IEnumerable<TokenEvent> events, int choice = 0) =>
        string.Concat(events.Where(e => e.Choice == choice).Select(e => e.Text));

    public static TurnRequest Prompt(
        string text = "once upon a time", int maxTokens = 20, ulong seed = 7, int n = 1, params string[] stop) => new()
    {
        Prompt = text,
        Sampling = new() { MaxTokens = maxTokens, Seed = seed, N = n, Stop = stop },
    };
}
