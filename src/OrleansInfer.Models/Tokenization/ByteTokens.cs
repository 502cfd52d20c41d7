namespace OrleansInfer.Models;

/// <summary>
/// The tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> by which SentencePiece vocabularies spell what they have no piece for.
/// </summary>
internal sealed class ByteTokens(BpeVocabulary vocabulary)
{
    readonly int?[] _ids = [.. Enumerable.Range(0, 256).Select(value => vocabulary.IdOf(Name((byte)value)))];

    public int? this[byte value] => _ids[value];

    public bool AreComplete => _ids.All(id => id is not null);

    public bool Contains(int id) => _ids.Contains(id);

    static string Name(byte value) => $"<0x{value:X2}>";

    /// <summary>The byte that a token spells, by the reference's rule: six characters, hexadecimal of either case.</summary>
    public static byte? TryParse(string token) =>
        token is ['<', '0', 'x', _, _, '>'] && char.IsAsciiHexDigit(token[3]) && char.IsAsciiHexDigit(token[4])
            ? Convert.ToByte(token.Substring(3, 2), 16)
            : null;
}
