namespace OrleansInfer.Models.Tests;

public class TextHazardTests
{
    static readonly Tokenizer Normalizing = TinyTokenizer.ByteLevel().With("normalizer", """{"type":"NFC"}""").Load();

    [Fact]
    public void A_lone_surrogate_counts_as_a_replacement_character()
    {
        // Not a theory: attributes are stored as UTF-8, which has no lone surrogates.
        (string Text, string Expected)[] cases =
        [
            ("a\uD800b", "a\uFFFDb"), ("\uDC00", "\uFFFD"), ("\uDC00\uD800", "\uFFFD\uFFFD"),
            ("\uD83D\uDE00\uD83D", "\U0001F600\uFFFD"),
        ];
        foreach (var (text, expected) in cases)
            Assert.Equal(expected, Normalizing.Decode(Normalizing.Encode(text)));
    }

    [Fact]
    public void Segments_may_halve_a_character()
    {
        var ids = Normalizing.EncodeSegments([("\uD83D", true), ("\uDE00", false)]);
        Assert.Equal("\U0001F600", Normalizing.Decode(ids));
    }

    [Theory]
    [InlineData("\uFFFEe\u0301\uFFFF", "\uFFFE\u00E9\uFFFF")]
    [InlineData("\0\u0001\u007F\u0085\u200B\uFEFF", "\0\u0001\u007F\u0085\u200B\uFEFF")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    public void Odd_code_points_are_text(string text, string expected) =>
        Assert.Equal(expected, Normalizing.Decode(Normalizing.Encode(text)));

    [Fact]
    public void Every_code_point_comes_back()
    {
        var tokenizer = TinyTokenizer.ByteLevel().Load();
        var pieces = TinyTokenizer.Pieces("\u2581ab").Load();
        for (var from = 0; from < 0x110000; from += 0x1000)
        {
            var text = string.Concat(Enumerable.Range(from, 0x1000)
                .Where(codePoint => codePoint is (< 0xD800 or > 0xDFFF) and not 0x2581).Select(char.ConvertFromUtf32));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
            Assert.Equal(text, pieces.Decode(pieces.Encode(text)));
        }
    }

    [Fact]
    public void A_pattern_that_backtracks_without_end_does_not_hang()
    {
        var tokenizer = TinyTokenizer.ByteLevel().With("pre_tokenizer", """
            {"type":"Split","pattern":{"Regex":"^(a+)+$"},"behavior":"Isolated","invert":false}
            """).Load();
        Assert.Equal(4, tokenizer.Encode("aaab").Count);
        Assert.Throws<TimeoutException>(() => tokenizer.Encode(new string('a', 100) + "b"));
    }
}
