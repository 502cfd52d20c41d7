using OrleansInfer.Models;

namespace OrleansInfer.Training.Tests;

public sealed class TokenizerFilesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-").FullName;

    [Fact]
    public void What_loads_the_written_files_encodes_as_the_textbook_does()
    {
        var text = CorpusText.Of([Order("a large latte"), Order("two lattes, please"), Order("latte")], ["add"], seed: 1);
        var vocabulary = Corpus.TrainVocabulary(text, size: 300);
        TokenizerFiles.Write(_folder, vocabulary, maxLength: 64);
        var tokenizer = Tokenizer.Load(_folder);
        var slow = new SlowBpe(vocabulary);
        Assert.Equal(vocabulary.Count, tokenizer.VocabSize);
        Assert.Equal(ChatFormat.TurnEnd, tokenizer.EosToken);
        foreach (var sample in text.WithTools.Concat(text.Plain).Append("it's 1234  \n\n caf\u00e9<|im_end|> <tool_call>x"))
            Assert.Equal(slow.Encode(sample), tokenizer.Encode(sample, parseSpecialTokens: true));
    }

    [Fact]
    public void Tool_call_marks_stay_in_decoded_text_and_turn_marks_do_not()
    {
        TokenizerFiles.Write(_folder, Corpus.TrainVocabulary(CorpusText.Of([Order("latte")], ["add"], seed: 1), size: 270), maxLength: 64);
        var tokenizer = Tokenizer.Load(_folder);
        var ids = tokenizer.Encode("<|im_start|><tool_call>x</tool_call><|im_end|>", parseSpecialTokens: true);
        Assert.Equal(5, ids.Count);
        Assert.Equal("<tool_call>x</tool_call>", tokenizer.Decode(ids));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static Dialogue Order(string what) => new(what,
    [
        new("user", what, []),
        new("assistant", "", [new("add", $$"""{"item": "{{what}}"}""")]),
        new("tool", """{"id":"73"}""", []),
        new("assistant", $"Here is {what}.", []),
    ]);
}
