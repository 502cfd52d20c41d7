namespace OrleansInfer.Training;

/// <summary>GPT-2's alphabet: each byte as one printable character, so that a vocabulary of byte strings can be written as JSON.</summary>
internal static class ByteAlphabet
{
    static readonly char[] Characters = Build();

    /// <summary>The character that stands for a byte.</summary>
    public static char Of(byte value) => Characters[value];

    /// <summary>All 256 characters in the order of their code points, which is the order of their token ids.</summary>
    public static IEnumerable<char> All => Characters.Order();

    // Printable bytes stand for themselves; the others get code points from 256 on, in order.
    static char[] Build()
    {
        var characters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            characters[value] = (char)(printable ? value : next++);
        }
        return characters;
    }
}
