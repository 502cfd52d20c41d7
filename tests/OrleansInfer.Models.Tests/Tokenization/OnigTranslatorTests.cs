using System.Globalization;
using System.Reflection;

namespace OrleansInfer.Models.Tests;

public class OnigTranslatorTests
{
    static string[] Matches(string pattern, string text)
    {
        var split = SplitPattern.OfRegex(pattern);
        var points = new CodePointText(text, split.StandIns);
        var matches = new List<(int Start, int Length)>();
        split.FindMatches(points.View, matches);
        var found = new List<string>();
        foreach (var (start, length) in matches)
            found.Add(text[points.ToText(start)..points.ToText(start + length)]);
        return [.. found];
    }

    [Theory]
    [InlineData(@"\p{L}++", @"(?>\p{L}+)")]
    [InlineData(@"[^\r\n]?+x*+", @"(?>[^\r\n]?)(?>x*)")]
    [InlineData(@"(?:ab)++c", @"(?>(?:ab)+)c")]
    [InlineData(@"\p{N}{1,3}+", @"(?:\p{N}{1,3})+")]
    [InlineData(@"a{,3}", "a{0,3}")]
    [InlineData(@"a+?b*?", "a+?b*?")]
    [InlineData(@"a{b}", "a{b}")]
    [InlineData(@"(?m:.)", "(?s:.)")]
    [InlineData(@"\h", "[0-9a-fA-F]")]
    [InlineData(@"\x{2e}", @"\u002E")]
    [InlineData(@"[]a]", @"[\]a]")]
    public void Syntax_becomes_that_of_dotnet(string onig, string expected) =>
        Assert.Equal(expected, OnigTranslator.Translate(onig).Pattern);

    [Fact]
    public void A_possessive_quantifier_gives_nothing_back() => Assert.Empty(Matches("a++a", "aaaa"));

    [Fact]
    public void A_class_names_ranges_beyond_the_basic_plane()
    {
        const string deseret = "[\U00010400-\U0001044F\U000118A0-\U000118DF]+";
        // Gothic is of the same category as Deseret's letters, but not in a range.
        Assert.Equal(["\U00010400\U0001044F\U000118A0"], Matches(deseret, "a\U00010400\U0001044F\U000118A0\U00010330\U0001F600"));
        Assert.Equal(["a", "\U00010330\U0001F600"], Matches("[^\U00010400-\U0001044F]+", "a\U00010400\U00010330\U0001F600"));
        Assert.Equal(["\U0001F600"], Matches("\U0001F600", "\U0001F601\U0001F600\U0001F602"));
    }

    [Fact]
    public void Words_are_those_of_onig()
    {
        Assert.Equal(["a\u0903\u2160\u00BD_\u24B6\U0001F130"], Matches(@"\w+", "\u2460 a\u0903\u2160\u00BD_\u24B6\U0001F130 \u20AC"));
        Assert.Equal(["12"], Matches(@"\b\d+\b", "12 3\u00BD a4"));
    }

    [Fact]
    public void The_long_s_is_an_s_where_case_is_ignored()
    {
        Assert.Equal(["'s", "'S", "'\u017F"], Matches("(?i:'s)", "'s 'S '\u017F"));
        Assert.Equal(["'s", "'S", "'\u017F"], Matches("(?i)'[sd]", "'s 'S '\u017F"));
        Assert.Equal(["'s"], Matches("(?i:x)|'s", "'s 'S '\u017F"));
    }

    [Fact]
    public void Ends_of_lines_match_within_a_text() => Assert.Equal(["a", "b"], Matches("^[a-z]$", "a\nb\ncc"));

    [Theory]
    [InlineData("[a&&b]")]
    [InlineData("[a[bc]]")]
    [InlineData("[a")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData(@"a\")]
    [InlineData(@"\K")]
    [InlineData(@"\p{Nonsense}")]
    [InlineData(@"\x{1F600}")]
    [InlineData(@"[\W]")]
    public void What_dotnet_cannot_say_is_refused(string pattern)
    {
        var fault = Assert.Throws<InvalidDataException>(() => SplitPattern.OfRegex(pattern));
        Assert.Contains("not supported", fault.Message);
    }

    [Fact]
    public void A_pattern_without_end_gives_up()
    {
        var pattern = SplitPattern.OfRegex("(a+)+$", TimeSpan.FromMilliseconds(50));
        Assert.Throws<TimeoutException>(() => pattern.FindMatches(new string('a', 40) + "b", []));
    }

    [Fact]
    public void A_stand_in_has_the_category_of_what_it_stands_for()
    {
        var pools = (Dictionary<UnicodeCategory, string>)typeof(StandIns)
            .GetField("Pools", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        foreach (var (category, chars) in pools)
            Assert.All(chars, stand => Assert.Equal(category, CharUnicodeInfo.GetUnicodeCategory(stand)));
        for (var codePoint = 0x10000; codePoint <= 0x10FFFF; codePoint++)
            Assert.Equal(
                CharUnicodeInfo.GetUnicodeCategory(codePoint),
                CharUnicodeInfo.GetUnicodeCategory(StandIns.ByCategory.For(codePoint)));
    }
}
