using System.Text;

namespace OrleansInfer.Models.Tests;

public class ByteAlphabetTests
{
    [Fact]
    public void Every_byte_has_its_own_character_and_comes_back()
    {
        var chars = Enumerable.Range(0, 256).Select(value => ByteAlphabet.ToChar((byte)value)).ToArray();
        Assert.Equal(256, chars.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 256).Select(value => (byte)value), ByteAlphabet.TryDecode(new string(chars)));
    }

    [Theory]
    [InlineData(' ', '\u0120')]
    [InlineData('\n', '\u010A')]
    [InlineData('\t', '\u0109')]
    [InlineData('A', 'A')]
    public void Characters_are_those_of_GPT_2(char value, char written) => Assert.Equal(written, ByteAlphabet.ToChar((byte)value));

    [Theory]
    [InlineData("a b")]
    [InlineData("\u4E00")]
    public void A_character_outside_the_alphabet_has_no_bytes(string token) => Assert.Null(ByteAlphabet.TryDecode(token));

    [Fact]
    public void Text_is_written_as_its_utf8()
    {
        const string text = "a \u00E9\u4E00\U0001F600";
        var chars = new char[64];
        var count = ByteAlphabet.Encode(text, new byte[64], chars);
        Assert.Equal(Encoding.UTF8.GetBytes(text), ByteAlphabet.TryDecode(new string(chars, 0, count)));
    }
}
