namespace OrleansInfer.Training;

/// <summary>Every dialogue of a corpus in both of its forms, as text.</summary>
internal sealed record CorpusText(IReadOnlyList<string> WithTools, IReadOnlyList<string> Plain)
{
    /// <param name="dialogues">In the order of the file.</param>
    /// <param name="tools">Names of all tools that may be named to the model.</param>
    /// <param name="seed">Chooses which tools are named and which dialogues get a system message.</param>
    public static CorpusText Of(IReadOnlyList<Dialogue> dialogues, IReadOnlyList<string> tools, int seed)
    {
        var random = new Random(seed);
        return new(
            [.. dialogues.Select(d => DialogueForms.WithTools(d, tools, random))],
            [.. dialogues.Select(d => DialogueForms.Plain(d, random))]);
    }

    /// <summary>The names of the tools that a corpus calls, most used first.</summary>
    public static IReadOnlyList<string> ToolsOf(IReadOnlyList<Dialogue> dialogues) =>
        [.. dialogues.SelectMany(d => d.Messages).SelectMany(m => m.ToolCalls).CountBy(c => c.Name)
            .OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Key)];
}
