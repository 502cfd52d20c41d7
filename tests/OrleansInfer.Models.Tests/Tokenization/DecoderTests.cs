namespace OrleansInfer.Models.Tests;

public class DecoderTests
{
    /// <summary>Decodes the tokens "x y z" given by their names.</summary>
    static string Decode(string? decoder, string tokens, bool skipSpecial = true)
    {
        var tiny = TinyTokenizer.Pieces("\u2581ab \u00E9", "\u2581 a", "\u2581a b", "a b").Added("<s>");
        if (decoder is not null)
            tiny.With("decoder", decoder);
        var json = tiny.ToJson();
        if (decoder is null)
            json.Remove("decoder");
        var tokenizer = TinyTokenizer.Load(json.ToJsonString());
        return tokenizer.Decode(tokens.Split(',').Select(token => tokenizer.TokenToId(token)!.Value), skipSpecial);
    }

    const string Llama = """
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},
        {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
        """;

    [Theory]
    [InlineData("\u2581a,\u2581,b", "a b")]
    [InlineData("\u2581,\u2581a", " a")]
    [InlineData("<s>,\u2581a", "a")]
    [InlineData("a,<0xC3>,<0xA9>,b", "a\u00E9b")]
    [InlineData("a,<0xC3>,b", "a\uFFFDb")]
    [InlineData("a,<0xC3>", "a\uFFFD")]
    public void Llama_strips_one_blank_and_joins_bytes(string tokens, string expected) => Assert.Equal(expected, Decode(Llama, tokens));

    [Fact]
    public void Special_tokens_are_shown_if_asked() => Assert.Equal("<s> a", Decode(Llama, "<s>,\u2581a", skipSpecial: false));

    [Theory]
    [InlineData("always", "\u2581a,\u2581a", "a a")]
    [InlineData("first", "\u2581,\u2581a,\u2581", " a ")]
    [InlineData("never", "\u2581a,\u2581a", " a a")]
    public void Metaspace_drops_marks_of_the_first_token(string scheme, string tokens, string expected) => Assert.Equal(
        expected, Decode($$"""{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"{{scheme}}"}""", tokens));

    [Fact]
    public void Without_a_decoder_tokens_are_joined_by_blanks() => Assert.Equal("\u2581a b", Decode(null, "\u2581a,<s>,b"));

    [Theory]
    [InlineData("""{"type":"Strip","content":"a","start":1,"stop":1}""", "a,ab,b,\u2581a", "bb\u2581")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"[ab]+"},"content":"-"}""", "ab,\u2581a", "-\u2581-")]
    [InlineData("""{"type":"Fuse"}""", "ab,\u2581a", "ab\u2581a")]
    public void Steps_before_fusing_see_one_token(string decoder, string tokens, string expected) =>
        Assert.Equal(expected, Decode(decoder, tokens));

    [Fact]
    public void ByteLevel_decodes_the_alphabet_and_leaves_other_tokens()
    {
        var tokenizer = TinyTokenizer.ByteLevel().Added("\u4E00 <x>").Load();
        Assert.Equal(" \u00E9\u4E00 <x>", tokenizer.Decode([' ', 0xC3, 0xA9, 256], skipSpecialTokens: false));
        Assert.Equal("\uFFFD", tokenizer.Decode([0xE4, 0xB8]));
        Assert.Equal([0xC3], tokenizer.TokenBytes(0xC3).ToArray());
        Assert.Equal("\u4E00 <x>", System.Text.Encoding.UTF8.GetString(tokenizer.TokenBytes(256)));
    }

    [Fact]
    public void Ids_that_do_not_exist_have_no_text()
    {
        var tokenizer = TinyTokenizer.ByteLevel().Load();
        Assert.Equal("ab", tokenizer.Decode([-1, 'a', 256, int.MaxValue, 'b', int.MinValue]));
        Assert.True(tokenizer.TokenBytes(-1).IsEmpty && tokenizer.TokenBytes(256).IsEmpty);
        Assert.Null(tokenizer.IdToToken(256));
        Assert.False(tokenizer.IsSpecial(-1));
    }
}
