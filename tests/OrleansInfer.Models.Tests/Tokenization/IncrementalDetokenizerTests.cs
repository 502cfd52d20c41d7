using System.Text;

namespace OrleansInfer.Models.Tests;

public class IncrementalDetokenizerTests
{
    static readonly Tokenizer ByteLevel = TinyTokenizer.ByteLevel("a b", "ab c", "\u00F0 \u0141").Added("<s>").Load();
    static readonly Tokenizer Pieces = TinyTokenizer.Pieces("\u2581abc", "a b", "\u2581 ab").Added("<s>").Load();

    static Tokenizer Metaspace { get; } = TinyTokenizer.Pieces("\u2581abc", "a b", "\u2581 ab").Added("<s>")
        .With("decoder", """{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first"}""").Load();

    public static TheoryData<string> Names => ["byte-level", "pieces", "metaspace"];

    static Tokenizer Of(string name) => name switch { "byte-level" => ByteLevel, "pieces" => Pieces, _ => Metaspace };

    /// <summary>Ids of which many are parts of characters.</summary>
    static int[] RandomIds(Tokenizer tokenizer, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes("a\u00E9\u4E00\U0001F600 bc");
        return [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(3) == 0
            ? random.Next(tokenizer.VocabSize)
            : OfByte(bytes[random.Next(bytes.Length)]))];

        int OfByte(byte value) => tokenizer.TokenToId($"<0x{value:X2}>") ?? value;
    }

    [Theory, MemberData(nameof(Names))]
    public void Pieces_of_text_add_up_to_the_text(string name)
    {
        var (tokenizer, random) = (Of(name), new Random(5));
        for (var round = 0; round < 2000; round++)
        {
            var (ids, skip) = (RandomIds(tokenizer, random), random.Next(2) == 0);
            var detokenizer = new IncrementalDetokenizer(tokenizer, skip);
            var text = string.Concat(ids.Select(detokenizer.Push)) + detokenizer.Flush();
            Assert.Equal(tokenizer.Decode(ids, skip), text);
        }
    }

    [Fact]
    public void A_character_is_never_halved()
    {
        var detokenizer = new IncrementalDetokenizer(ByteLevel);
        Assert.Equal(["", "", "", "\U0001F600"], Encoding.UTF8.GetBytes("\U0001F600").Select(value => detokenizer.Push(value)));
        Assert.Equal("", detokenizer.Push(0xC3));
        Assert.Equal("\uFFFD", detokenizer.Flush());
    }

    [Fact]
    public void Text_that_could_begin_a_stop_string_waits()
    {
        var detokenizer = new IncrementalDetokenizer(ByteLevel, stopStrings: ["bcd", "cx"]);
        Assert.Equal(["a", "", "", "bce", ""], "abceb".Select(letter => detokenizer.Push(letter)));
        Assert.Equal("b", detokenizer.Flush());
        Assert.Null(detokenizer.MatchedStop);
    }

    [Theory]
    [InlineData(false, "xa")]
    [InlineData(true, "xabab")]
    public void A_stop_string_across_tokens_ends_the_text(bool include, string expected)
    {
        var detokenizer = new IncrementalDetokenizer(ByteLevel, stopStrings: ["bab"], includeStopString: include);
        var text = detokenizer.Push('x') + detokenizer.Push(256) + detokenizer.Push(256);
        Assert.Equal("bab", detokenizer.MatchedStop);
        Assert.Equal(expected, text + detokenizer.Push('z') + detokenizer.Flush());
    }

    [Theory]
    [InlineData(2, "a", "ba")]
    [InlineData(3, "aba", "ba")]
    [InlineData(5, "ababacc", null)]
    public void A_stop_string_within_the_least_number_of_tokens_does_not_count(int minTokens, string expected, string? stop)
    {
        var detokenizer = new IncrementalDetokenizer(ByteLevel, stopStrings: ["ba"], minTokens: minTokens);
        var text = string.Concat("ababacc".Select(letter => detokenizer.Push(letter))) + detokenizer.Flush();
        Assert.Equal((expected, stop), (text, detokenizer.MatchedStop));
    }

    [Fact]
    public void A_stop_string_may_be_complete_only_at_the_end()
    {
        var detokenizer = new IncrementalDetokenizer(ByteLevel, stopStrings: ["\uFFFD"]);
        Assert.Equal("a", detokenizer.Push('a') + detokenizer.Push(0xC3) + detokenizer.Flush());
        Assert.Equal("\uFFFD", detokenizer.MatchedStop);
    }

    [Fact]
    public void A_completion_keeps_the_blank_between_it_and_its_prompt()
    {
        var word = Pieces.TokenToId("\u2581ab")!.Value;
        Assert.Equal("ab", new IncrementalDetokenizer(Pieces).Push(word));
        Assert.Equal(" ab", new IncrementalDetokenizer(Pieces, continuesText: true).Push(word));
        Assert.Equal(" ab", new IncrementalDetokenizer(Metaspace, continuesText: true).Push(word));
    }

    [Fact]
    public void An_empty_stop_string_is_refused() =>
        Assert.Throws<ArgumentException>(() => new IncrementalDetokenizer(ByteLevel, stopStrings: [""]));

    [Fact]
    public void Stop_strings_are_found_as_in_the_whole_text()
    {
        var random = new Random(6);
        for (var round = 0; round < 5000; round++)
        {
            var ids = Enumerable.Range(0, random.Next(1, 25))
                .Select(_ => random.Next(6) == 0 ? 256 + random.Next(2) : "abc"[random.Next(3)]).ToArray();
            var stops = Enumerable.Range(0, random.Next(1, 4))
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => "abc"[random.Next(3)]))).ToArray();
            var include = random.Next(2) == 0;
            var detokenizer = new IncrementalDetokenizer(ByteLevel, stopStrings: stops, includeStopString: include);
            var text = new StringBuilder();
            foreach (var id in ids)
            {
                text.Append(detokenizer.Push(id));
                Assert.StartsWith(text.ToString(), ByteLevel.Decode(ids));
            }
            text.Append(detokenizer.Flush());
            var (expected, stop) = CutAtStop(ByteLevel.Decode(ids), stops, include);
            Assert.Equal((expected, stop), (text.ToString(), detokenizer.MatchedStop));
        }
    }

    /// <summary>The slow way: look at every beginning of the text, the shortest first.</summary>
    static (string Text, string? Stop) CutAtStop(string text, string[] stops, bool include)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var stop = stops.Where(text[..end].EndsWith).MaxBy(stop => stop.Length);
            if (stop is not null)
                return (text[..(include ? end : end - stop.Length)], stop);
        }
        return (text, null);
    }
}
