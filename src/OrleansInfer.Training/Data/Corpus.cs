namespace OrleansInfer.Training;

/// <summary>A folder of dialogues, read, given a vocabulary and encoded.</summary>
internal sealed record Corpus(BpeVocabulary Vocabulary, TokenizedCorpus Train, TokenizedCorpus Valid)
{
    /// <param name="folder">Holds train.jsonl and valid.jsonl.</param>
    /// <param name="seed">Of the forms' random choices.</param>
    /// <param name="trainVocabulary">Gets the training texts without added tokens.</param>
    public static Corpus Load(string folder, int seed, Func<IEnumerable<string>, BpeVocabulary> trainVocabulary)
    {
        var dialogues = DialogueReader.Read(Path.Combine(folder, "train.jsonl"));
        var tools = CorpusText.ToolsOf(dialogues);
        var train = CorpusText.Of(dialogues, tools, seed);
        var valid = CorpusText.Of(DialogueReader.Read(Path.Combine(folder, "valid.jsonl")), tools, seed);
        var vocabulary = trainVocabulary(train.WithTools.Concat(train.Plain).SelectMany(BetweenAddedTokens));
        var encoder = new BpeEncoder(vocabulary);
        return new(vocabulary, TokenizedCorpus.Encode(train, encoder), TokenizedCorpus.Encode(valid, encoder));
    }

    static string[] BetweenAddedTokens(string text) => text.Split(
        [ChatFormat.TurnStart, ChatFormat.TurnEnd, ChatFormat.EndOfText, ChatFormat.CallStart, ChatFormat.CallEnd],
        StringSplitOptions.RemoveEmptyEntries);
}
