using System.Text;

namespace OrleansInfer.Models;

/// <summary>GPT-2's reversible map from bytes to printable characters: what byte-level vocabularies are written in.</summary>
internal static class ByteAlphabet
{
    const int FirstStandIn = 256;
    static readonly char[] Chars = new char[256];
    static readonly short[] Bytes = new short[512];

    static ByteAlphabet()
    {
        Array.Fill(Bytes, (short)-1);
        var next = FirstStandIn;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            Chars[value] = (char)(printable ? value : next++);
            Bytes[Chars[value]] = (short)value;
        }
    }

    /// <summary>All 256 characters in the order of their code points, which is the order of their token ids.</summary>
    public static IEnumerable<char> All => Chars.Order();

    public static char ToChar(byte value) => Chars[value];

    /// <summary>The bytes that a token stands for, or null when one of its characters is outside the alphabet.</summary>
    public static byte[]? TryDecode(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            if (token[i] >= Bytes.Length || Bytes[token[i]] < 0)
                return null;
            bytes[i] = (byte)Bytes[token[i]];
        }
        return bytes;
    }

    /// <summary>Writes the UTF-8 bytes of <paramref name="text"/> in the alphabet; the destination needs 3 chars per char.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> scratch, Span<char> destination)
    {
        var count = Encoding.UTF8.GetBytes(text, scratch);
        for (var i = 0; i < count; i++)
            destination[i] = Chars[scratch[i]];
        return count;
    }
}
