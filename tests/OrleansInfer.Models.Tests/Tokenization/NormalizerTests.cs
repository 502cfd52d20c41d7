using System.Text.Json;

namespace OrleansInfer.Models.Tests;

public class NormalizerTests
{
    static Normalizer Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return NormalizerReader.Read(document.RootElement)!;
    }

    [Theory]
    [InlineData("NFC", "e\u0301\uFB01", "\u00E9\uFB01")]
    [InlineData("NFD", "\u00E9\uFB01", "e\u0301\uFB01")]
    [InlineData("NFKC", "e\u0301\uFB01\uFF21", "\u00E9fiA")]
    [InlineData("NFKD", "\u00E9\uFB01", "e\u0301fi")]
    [InlineData("Lowercase", "\u00C9\u0130\u03A3 A\U00010400", "\u00E9i\u0307\u03C3 a\U00010428")]
    [InlineData("StripAccents", "e\u0301\u0903\u20DDx", "ex")]
    [InlineData("ByteLevel", " \u00E9", "\u0120\u00C3\u00A9")]
    public void Each_type_rewrites_as_its_name_says(string type, string text, string expected) =>
        Assert.Equal(expected, Read($$"""{"type":"{{type}}"}""").Apply(text));

    [Theory]
    [InlineData(true, true, "x y")]
    [InlineData(true, false, "x y\t\u3000")]
    [InlineData(false, true, " \u00A0x y")]
    public void Strip_takes_white_space_from_the_ends(bool left, bool right, string expected) => Assert.Equal(
        expected,
        Read(JsonSerializer.Serialize(new { type = "Strip", strip_left = left, strip_right = right })).Apply(" \u00A0x y\t\u3000"));

    [Theory]
    [InlineData("""{"type":"Replace","pattern":{"String":"."},"content":"$0"}""", "a.b.", "a$0b$0")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"\\s+"},"content":"$1"}""", "a  b\n\U0001F600 c", "a$1b$1\U0001F600$1c")]
    [InlineData("""{"type":"Prepend","prepend":"_"}""", "a", "_a")]
    [InlineData("""{"type":"Prepend","prepend":"_"}""", "", "")]
    [InlineData("""{"type":"Sequence","normalizers":[]}""", "a", "a")]
    public void Replace_and_prepend_are_literal(string json, string text, string expected) =>
        Assert.Equal(expected, Read(json).Apply(text));

    [Fact]
    public void A_code_point_that_dotnet_calls_invalid_stays()
    {
        Assert.Equal("\u00E9\uFFFE\u00E9\uFFFF", Read("""{"type":"NFC"}""").Apply("e\u0301\uFFFEe\u0301\uFFFF"));
    }

    [Fact]
    public void ICU_is_present() => Assert.Single("e\u0301".Normalize());

    [Theory]
    [InlineData("""{"type":"NFKC"}""", "a\uFB01|b\uFB01", "afi|bfi")]
    [InlineData("""{"type":"Prepend","prepend":"__"}""", "|b", "|__b")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":true}""", "  a|b ", "a|b")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"Prepend","prepend":"_"}]}""", "A|B", "_a|b")]
    [InlineData("""{"type":"NFC"}""", "e|\u0301", "|\u00E9")]
    public void Marks_follow_their_text(string json, string marked, string expected)
    {
        var (plain, forbidden) = (marked.IndexOf('|'), expected.IndexOf('|'));
        var text = marked.Remove(plain, 1);
        var (result, marks) = Read(json).Apply(text, [.. Enumerable.Range(0, text.Length).Select(i => i >= plain)]);
        Assert.Equal(expected.Remove(forbidden, 1), result);
        Assert.Equal(Enumerable.Range(0, result.Length).Select(i => i >= forbidden), marks);
    }
}
