namespace OrleansInfer.Models.Tests;

/// <summary>Ids of 2,911 texts by the official Hugging Face library, for byte-level and SentencePiece-style tokenizers.</summary>
public class GoldenIdsTests
{
    public static TheoryData<string, string, string> Tokenizers => new()
    {
        { "falcon-tokenizer", "falcon-tokenizer.tokenizer.json.gz", "tokenizer.json" },
        { "phi-2", "phi-2.tokenizer.json.gz", "tokenizer.json" },
        { "phi-3-mini", "phi-3-mini.tokenizer.json.gz", "tokenizer.json" },
        { "mistral-v3", "mistral.tokenizer.model.v3.gz", "tokenizer.model" },
    };

    [Theory, MemberData(nameof(Tokenizers))]
    public void Ids_equal_the_reference(string golden, string file, string name)
    {
        var (tokenizer, texts, expected) = (TokenizerData.Load(file, name), TokenizerData.Texts(), TokenizerData.Ids(golden));
        var wrong = Enumerable.Range(0, expected.Index.Length)
            .Where(i => !tokenizer.Encode(texts[expected.Index[i]], parseSpecialTokens: true).SequenceEqual(expected.Ids[i]))
            .Select(i => $"{texts[expected.Index[i]]}: {string.Join(' ', tokenizer.Encode(texts[expected.Index[i]], false, true))}"
                + $" should be {string.Join(' ', expected.Ids[i])}")
            .ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {expected.Index.Length} differ\n{string.Join('\n', wrong.Take(5))}");
    }

    [Theory, MemberData(nameof(Tokenizers))]
    public void Ids_with_special_tokens_equal_the_reference(string golden, string file, string name)
    {
        var (tokenizer, texts, expected) = (TokenizerData.Load(file, name), TokenizerData.Texts(), TokenizerData.Ids(golden));
        for (var i = 0; i < expected.WithSpecial.Length; i++)
            Assert.Equal(expected.WithSpecial[i], tokenizer.Encode(texts[expected.Index[i]], addSpecialTokens: true, parseSpecialTokens: true));
    }
}
