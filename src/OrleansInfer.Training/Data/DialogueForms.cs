namespace OrleansInfer.Training;

/// <summary>
/// The two ways a dialogue is shown to the model: with the tools and every call, and as plain talk, so that a caller who gives no
/// tools gets a spoken answer. Some of each carry a system message, so that one is nothing new when it comes.
/// </summary>
internal static class DialogueForms
{
    static readonly string[] SystemMessages =
    [
        "You are a helpful assistant.",
        "You are a barista at a coffee bar.",
        "You take orders at a coffee bar. Be brief and friendly.",
        "You are a friendly barista.",
    ];

    /// <summary>The dialogue as text with its tool calls. The tools named are those it uses and, at random, others of the corpus.</summary>
    public static string WithTools(Dialogue dialogue, IReadOnlyList<string> allTools, Random random)
    {
        var used = dialogue.Messages.SelectMany(m => m.ToolCalls).Select(c => c.Name).ToHashSet();
        // The single bar: each name draws its number, so that what one dialogue uses does not move the draws of the next.
        var tools = allTools.Where(name => used.Contains(name) | random.Next(2) == 0).ToArray();
        return ChatFormat.Render(MaybeWithSystem(dialogue, random), tools);
    }

    /// <summary>The dialogue as text without tool calls and results; what the assistant said in a row becomes one message.</summary>
    public static string Plain(Dialogue dialogue, Random random) => ChatFormat.Render(MaybeWithSystem(Spoken(dialogue), random), []);

    internal static Dialogue Spoken(Dialogue dialogue)
    {
        var spoken = new List<DialogueMessage>();
        foreach (var message in dialogue.Messages.Where(m => m.Role != "tool" && m.Content.Length > 0))
        {
            if (spoken.Count > 0 && spoken[^1].Role == message.Role)
                spoken[^1] = spoken[^1] with { Content = spoken[^1].Content + " " + message.Content };
            else
                spoken.Add(message with { ToolCalls = [] });
        }
        return dialogue with { Messages = spoken };
    }

    static Dialogue MaybeWithSystem(Dialogue dialogue, Random random)
    {
        var choice = random.Next(3 * SystemMessages.Length);
        if (choice >= SystemMessages.Length || dialogue.Messages[0].Role == "system")
            return dialogue;
        return dialogue with { Messages = [new("system", SystemMessages[choice], []), .. dialogue.Messages] };
    }
}
