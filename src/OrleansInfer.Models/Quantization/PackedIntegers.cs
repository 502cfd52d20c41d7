namespace OrleansInfer.Models;

/// <summary>
/// Integers of 4 or 8 bits in 32-bit words, the first in the lowest bits, as unsigned numbers: 8 (128) more than they are. In little-endian
/// memory that is two of 4 bits to a byte, the first in its lower half, or one of 8 bits.
/// </summary>
internal static class PackedIntegers
{
    /// <summary>The place in a word of each of its integers, lowest first.</summary>
    public static readonly int[] InOrder = [0, 1, 2, 3, 4, 5, 6, 7];

    /// <summary>Words that a row of so many integers takes; what is left of the last is zero.</summary>
    public static long Words(long count, int bits) => (count * bits + 31) / 32;

    public static void Unpack(ReadOnlySpan<byte> packed, int bits, Span<sbyte> values)
    {
        if (bits == 8)
        {
            for (var i = 0; i < values.Length; i++) values[i] = (sbyte)(packed[i] - 128);
            return;
        }
        for (var i = 0; i < values.Length; i++) values[i] = (sbyte)((packed[i / 2] >> (4 * (i & 1)) & 15) - 8);
    }

    public static void Pack(ReadOnlySpan<sbyte> values, int bits, Span<byte> packed)
    {
        packed.Clear();
        if (bits == 8)
        {
            for (var i = 0; i < values.Length; i++) packed[i] = (byte)(values[i] + 128);
            return;
        }
        for (var i = 0; i < values.Length; i++) packed[i / 2] |= (byte)(values[i] + 8 << (4 * (i & 1)));
    }

    /// <summary>The integer at a place of a word.</summary>
    public static sbyte At(uint word, int bits, int place) => (sbyte)((int)(word >> (place * bits) & (1u << bits) - 1) - (1 << (bits - 1)));
}
