using System.Text.Json;

namespace OrleansInfer.Models.Tests;

public class PreTokenizerTests
{
    static string[] Pieces(string json, string text, bool isTextStart = true)
    {
        using var document = JsonDocument.Parse(json);
        var pieces = new PieceText(text, isTextStart);
        foreach (var step in PreTokenizerReader.Read(document.RootElement))
            step.Apply(pieces);
        return [.. pieces.Pieces.Select(piece => pieces.Span(piece).ToString())];
    }

    static string Split(string pattern, string behavior, bool invert = false) => JsonSerializer.Serialize(
        new { type = "Split", pattern = new { Regex = pattern }, behavior, invert });

    [Theory]
    [InlineData("Removed", "The|final|countdown")]
    [InlineData("Isolated", "The|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "The-|final-|-|countdown")]
    [InlineData("MergedWithNext", "The|-final|-|-countdown")]
    [InlineData("Contiguous", "The|-|final|--|countdown")]
    public void Split_has_five_behaviours(string behavior, string expected) =>
        Assert.Equal(expected.Split('|'), Pieces(Split("-", behavior), "The-final--countdown"));

    [Theory]
    [InlineData("Removed", "-|-|-")]
    [InlineData("Isolated", "The|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "The|-final|-|-countdown")]
    [InlineData("MergedWithNext", "The-|final-|-|countdown")]
    public void Inverted_split_takes_what_does_not_match(string behavior, string expected) =>
        Assert.Equal(expected.Split('|'), Pieces(Split("-", behavior, invert: true), "The-final--countdown"));

    [Fact]
    public void Digits_are_alone_or_together()
    {
        Assert.Equal(["Call ", "1", "2", "3", " please"], Pieces("""{"type":"Digits","individual_digits":true}""", "Call 123 please"));
        Assert.Equal(["Call ", "123", " please"], Pieces("""{"type":"Digits","individual_digits":false}""", "Call 123 please"));
    }

    [Fact]
    public void Punctuation_includes_ascii_symbols() => Assert.Equal(
        ["Hey friend", "!", "     How are you", "?", "!", "?", "$"],
        Pieces("""{"type":"Punctuation"}""", "Hey friend!     How are you?!?$"));

    [Fact]
    public void Whitespace_splits_words_from_the_rest_and_drops_blanks() => Assert.Equal(
        ["Hey", "man", ",", "x\u2160\u0903y", "!?"], Pieces("""{"type":"Whitespace"}""", "Hey man, x\u2160\u0903y\t!?"));

    [Fact]
    public void WhitespaceSplit_drops_blanks_only() => Assert.Equal(
        ["Hey", "man,", "Good?"], Pieces("""{"type":"WhitespaceSplit"}""", "Hey man,\u00A0\u3000 Good?"));

    [Theory]
    [InlineData("always", true, "\u2581Hey|\u2581|\u2581friend")]
    [InlineData("always", false, "\u2581Hey\u2581\u2581friend")]
    [InlineData("never", true, "Hey|\u2581|\u2581friend")]
    public void Metaspace_marks_blanks(string scheme, bool split, string expected) => Assert.Equal(
        expected.Split('|'),
        Pieces(
            JsonSerializer.Serialize(new { type = "Metaspace", replacement = "\u2581", prepend_scheme = scheme, split }), "Hey  friend"));

    [Theory]
    [InlineData(true, "\u2581a")]
    [InlineData(false, "a")]
    public void Metaspace_first_marks_only_the_beginning_of_the_input(bool isTextStart, string expected) => Assert.Equal(
        [expected], Pieces("""{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first"}""", "a", isTextStart));

    [Fact]
    public void ByteLevel_splits_by_the_pattern_of_GPT_2() => Assert.Equal(
        ["Hello", "\u0120my", "\u0120friend", ",", "\u0120\u0120", "\u0120how", "'s", "\u012012", "!"],
        Pieces("""{"type":"ByteLevel","add_prefix_space":false}""", "Hello my friend,   how's 12!"));

    [Fact]
    public void ByteLevel_puts_a_blank_before_each_piece_if_asked() => Assert.Equal(
        ["\u0120a", "\u0120b"],
        Pieces("""
            {"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
            {"type":"ByteLevel","add_prefix_space":true,"use_regex":false}]}
            """, "a b"));

    [Fact]
    public void A_later_step_sees_the_pieces_of_an_earlier_one() => Assert.Equal(
        ["333", "3", "!!", "x"],
        Pieces("""
            {"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Contiguous"},{"type":"Digits","individual_digits":false},
            {"type":"Split","pattern":{"Regex":"[0-9][0-9][0-9]"},"behavior":"Isolated","invert":false}]}
            """, "3333!!x"));

    [Fact]
    public void Supplementary_letters_are_letters()
    {
        const string gothic = "\U00010330\U00010331";
        const string ideographs = "\U00020000\u4E00";
        Assert.Equal(
            [gothic, " ", ideographs, "\U0001F600", "\U0001D7D8"],
            Pieces(Split(@"\p{L}+|\p{N}|\p{So}", "Isolated"), gothic + " " + ideographs + "\U0001F600\U0001D7D8"));
    }

    [Fact]
    public void A_dot_takes_a_whole_code_point() =>
        Assert.Equal(["\U0001F600", "a", "\U0001F601"], Pieces(Split(".", "Isolated"), "\U0001F600a\U0001F601"));

    [Fact]
    public void A_literal_string_is_no_pattern() => Assert.Equal(
        ["a", "b.c"], Pieces("""{"type":"Split","pattern":{"String":".+"},"behavior":"Removed","invert":false}""", "a.+b.c"));

    [Fact]
    public void Empty_matches_cut() => Assert.Equal(["a", "b", "xx", "c"], Pieces(Split("x*", "Isolated"), "abxxc"));
}
