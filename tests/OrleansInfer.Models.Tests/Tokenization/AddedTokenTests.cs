namespace OrleansInfer.Models.Tests;

public class AddedTokenTests
{
    static string[] Tokens(TinyTokenizer tiny, string text, bool parse = true)
    {
        var tokenizer = tiny.Load();
        return [.. tokenizer.Encode(text, parseSpecialTokens: parse).Select(id => tokenizer.IdToToken(id)!)];
    }

    [Fact]
    public void The_leftmost_and_longest_is_found()
    {
        var tiny = TinyTokenizer.ByteLevel().Added("<a>").Added("<a><b>").Added("b><c");
        Assert.Equal(["x", "<a><b>", "<", "c"], Tokens(tiny, "x<a><b><c"));
        Assert.Equal(["<a>", "b><c"], Tokens(tiny, "<a>b><c"));
    }

    [Fact]
    public void Blanks_around_a_token_are_eaten_if_it_says_so()
    {
        var left = TinyTokenizer.ByteLevel().Added("<t>", flags: """{"lstrip":true}""");
        Assert.Equal(["a", "<t>", "\u0120", "b"], Tokens(left, "a \n<t> b"));
        var right = TinyTokenizer.ByteLevel().Added("<t>", flags: """{"rstrip":true}""");
        Assert.Equal(["a", "\u0120", "<t>", "b"], Tokens(right, "a <t>\u3000 b"));
        var both = TinyTokenizer.ByteLevel().Added("<t>", flags: """{"lstrip":true,"rstrip":true}""");
        Assert.Equal(["<t>", "<t>", "b"], Tokens(both, " <t>  <t> b"));
    }

    [Fact]
    public void A_single_word_is_not_found_in_a_longer_one()
    {
        var tiny = TinyTokenizer.ByteLevel().Added("ab", special: false, """{"single_word":true}""");
        Assert.Equal(["ab", ",", "ab", "\u0120", "ab"], Tokens(tiny, "ab,ab ab"));
        Assert.Equal(["a", "b", "_", "a", "b", "1"], Tokens(tiny, "ab_ab1"));
    }

    [Fact]
    public void A_normalized_token_is_found_in_normalized_text()
    {
        var tiny = TinyTokenizer.ByteLevel().With("normalizer", """{"type":"Lowercase"}""")
            .Added("Yes", special: false, """{"normalized":true}""").Added("No", special: false);
        Assert.Equal(["Yes", "Yes", "n", "o", "No"], Tokens(tiny, "YESyesnoNo"));
    }

    [Fact]
    public void Special_tokens_are_text_unless_asked_for_and_plain_added_ones_never_are()
    {
        var tiny = TinyTokenizer.ByteLevel().Added("<s>").Added("<t>", special: false);
        Assert.Equal(["<s>", "<t>"], Tokens(tiny, "<s><t>"));
        Assert.Equal(["<", "s", ">", "<t>"], Tokens(tiny, "<s><t>", parse: false));
    }

    [Fact]
    public void No_merge_and_no_lookup_makes_a_special_token_of_text()
    {
        var merged = TinyTokenizer.ByteLevel("< s", "<s >").Added("<s>").Added("<s", special: false, """{"single_word":true}""")
            .With("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""");
        Assert.Equal(["<s>"], Tokens(merged, "<s>"));
        Assert.Equal(["<s", ">"], Tokens(merged, "<s>", parse: false));
        var whole = TinyTokenizer.ByteLevel().Token("<s>").Added("<s>").Model("ignore_merges", "true")
            .With("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""");
        Assert.Equal(["<", "s", ">"], Tokens(whole, "<s>", parse: false));
        var letter = TinyTokenizer.Pieces("\u2581ab\u2603").Added("\u2603");
        Assert.Equal(["\u2581", "a", "<0xE2>", "<0x98>", "<0x83>"], Tokens(letter, "a\u2603", parse: false));
        // Without bytes there is no other way to write the character.
        Assert.Equal(["a", "!"], Tokens(TinyTokenizer.ByteLevel().Added("!"), "a!", parse: false));
    }

    [Fact]
    public void Segments_are_one_text_in_which_only_some_may_hold_special_tokens()
    {
        var tiny = TinyTokenizer.ByteLevel("a b").Added("<s>");
        var tokenizer = tiny.Load();
        string[] Encode(params (string, bool)[] segments) =>
            [.. tokenizer.EncodeSegments(segments).Select(id => tokenizer.IdToToken(id)!)];
        Assert.Equal(["<s>", "<", "s", ">", "<s>"], Encode(("<s>", true), ("<s>", false), ("<s>", true)));
        Assert.Equal(["ab"], Encode(("a", true), ("b", false)));
        Assert.Equal(["<", "s", ">", "<s>"], Encode(("<", false), ("s>", true), ("<s>", true)));
        Assert.Equal(["<", "s", ">"], Encode(("<s", true), (">", false)));
        Assert.Equal(["<s>"], Encode(("<", true), ("", false), ("s>", true)));
        Assert.Empty(Encode());
    }

    [Fact]
    public void A_refused_special_token_does_not_hide_one_that_overlaps_it()
    {
        var tokenizer = TinyTokenizer.ByteLevel().Added("<a").Added("a>").Added("a>!", special: false).Load();
        var ids = tokenizer.EncodeSegments([("<", false), ("a>", true)]);
        Assert.Equal(["<", "a>"], ids.Select(id => tokenizer.IdToToken(id)!));
    }

    [Theory]
    [InlineData("""{"type":"NFKC"}""")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"_"},{"type":"Lowercase"}]}""")]
    public void User_text_cannot_be_normalized_into_a_special_token(string normalizer)
    {
        var tokenizer = TinyTokenizer.ByteLevel().With("normalizer", normalizer)
            .With("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""")
            .Added("s>>", flags: """{"normalized":true}""").Load();
        var special = tokenizer.TokenToId("s>>")!.Value;
        var (text, user) = ("xs>>", "\uFF33S\uFF1E\uFF1Es>>");
        Assert.DoesNotContain(special, tokenizer.EncodeSegments([("\uFB01 ", true), (user, false), (" \uFB01", true)]));
        Assert.DoesNotContain(special, tokenizer.Encode(text));
        if (!normalizer.Contains("Prepend"))
            Assert.Equal(2, tokenizer.EncodeSegments([("\uFB01s>>", true), (user, false), ("s>>", true)]).Count(id => id == special));
    }
}
