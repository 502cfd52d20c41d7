using System.Text.Json;

namespace OrleansInfer.Server.Tests;

/// <summary>A kind of request whose state has to be carried over exactly: positions, counts, halves of stop strings.</summary>
/// <param name="Fields">Of the request, beside what all have.</param>
/// <param name="HasStops">It ends at a stop string, and others are half there all the time.</param>
internal sealed record KillCase(string Name, bool IsChat, string Fields, bool HasStops = false)
{
    public const int MaxTokens = 1_400;

    // 't' ends it, but not before the 1,100th token: whether that is over is a count that has to survive.
    const string Sampled = "\"temperature\":0.9,\"seed\":42,\"presence_penalty\":0.5,\"frequency_penalty\":0.3,\"repetition_penalty\":1.1,"
        + "\"top_k\":40,\"top_p\":0.95,\"logit_bias\":{\"101\":1.5,\"111\":-2},\"min_tokens\":1100,\"stop_token_ids\":[116]";

    const string Common = ",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"ignore_eos\":true";

    static readonly KillCase Plain = new("logprobs", IsChat: true, "\"temperature\":1,\"seed\":9,\"logprobs\":true,\"top_logprobs\":3");

    /// <summary>By both endpoints.</summary>
    public static readonly IReadOnlyList<KillCase> All =
    [
        new("greedy", IsChat: true, "\"temperature\":0"),
        new("sampled", IsChat: true, Sampled),
        new("choices", IsChat: true, "\"temperature\":0.8,\"seed\":7,\"n\":2,\"min_p\":0.01,\"frequency_penalty\":0.2") { Choices = 2 },
        Plain,
        new("stops", IsChat: true, "\"temperature\":1,\"seed\":9", HasStops: true),
        new("text", IsChat: false, Sampled + ",\"logprobs\":2"),
    ];

    public int Choices { get; init; } = 1;

    public string Path => IsChat ? "/v1/chat/completions" : "/v1/completions";

    /// <summary>What this one's answer would be without its stop strings.</summary>
    public KillCase WithoutStops() => HasStops ? Plain : this;

    /// <summary>Of so many choices that it is under way when the next report of the load comes.</summary>
    public string Probe(string prompt) => $"{Asking(prompt)}\"n\":16{Common},\"max_tokens\":1200}}";

    public string Body(string prompt, string answerWithoutStops = "")
    {
        var stops = HasStops ? $",\"stop\":{JsonSerializer.Serialize(StopsOf(answerWithoutStops))}" : "";
        return $"{Asking(prompt)}{Fields}{stops}{Common},\"max_tokens\":{MaxTokens}}}";
    }

    string Asking(string prompt)
    {
        var text = JsonSerializer.Serialize(prompt);
        return IsChat ? $$"""{"messages":[{"role":"user","content":{{text}}}],""" : $$"""{"prompt":{{text}},""";
    }

    /// <summary>
    /// One that ends the answer near its end, and fifteen that never come but begin like it in many places: nearly always some text is
    /// held back when the kill comes.
    /// </summary>
    static string[] StopsOf(string answer)
    {
        var at = answer.Length * 4 / 5;
        var letters = answer.GroupBy(letter => letter).OrderByDescending(group => group.Count()).Take(7).Select(group => $"{group.Key}#");
        var words = Enumerable.Range(1, 8).Select(i => answer.Substring(i * at / 9, 6) + "#");
        return [answer.Substring(at, 10), .. letters, .. words];
    }
}
