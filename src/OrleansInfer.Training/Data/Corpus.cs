using OrleansInfer.Models;

namespace OrleansInfer.Training;

/// <summary>A folder of dialogues, read, given a vocabulary and encoded.</summary>
internal sealed record Corpus(BpeVocabulary Vocabulary, TokenizedCorpus Train, TokenizedCorpus Valid)
{
    static readonly AddedToken[] AddedTokens =
    [
        new(ChatFormat.EndOfText, Special: true),
        new(ChatFormat.TurnStart, Special: true),
        new(ChatFormat.TurnEnd, Special: true),
        // Callers parse these two out of the text, so decoding must not leave them out.
        new(ChatFormat.CallStart, Special: false),
        new(ChatFormat.CallEnd, Special: false),
    ];

    /// <summary>Trains a vocabulary on train.jsonl, writes its tokenizer, and encodes both files with what a server would load.</summary>
    /// <param name="data">Folder with train.jsonl and valid.jsonl.</param>
    /// <param name="output">Folder that gets the tokenizer's files.</param>
    /// <param name="config">Its vocabulary size and longest context.</param>
    /// <param name="seed">Of the forms' random choices.</param>
    public static Corpus Load(string data, string output, ModelConfig config, int seed)
    {
        var dialogues = DialogueReader.Read(Path.Combine(data, "train.jsonl"));
        var tools = CorpusText.ToolsOf(dialogues);
        var train = CorpusText.Of(dialogues, tools, seed);
        var valid = CorpusText.Of(DialogueReader.Read(Path.Combine(data, "valid.jsonl")), tools, seed);
        var vocabulary = TrainVocabulary(train, config.VocabSize);
        TokenizerFiles.Write(output, vocabulary, config.MaxModelLen);
        var tokenizer = Tokenizer.Load(output);
        return new(vocabulary, TokenizedCorpus.Encode(train, tokenizer), TokenizedCorpus.Encode(valid, tokenizer));
    }

    internal static BpeVocabulary TrainVocabulary(CorpusText text, int size)
    {
        string[] added = [.. AddedTokens.Select(t => t.Content)];
        var between = text.WithTools.Concat(text.Plain).SelectMany(t => t.Split(added, StringSplitOptions.RemoveEmptyEntries));
        return BpeTrainer.Train(between, size, AddedTokens);
    }
}
