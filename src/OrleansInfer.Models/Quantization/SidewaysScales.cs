using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>Scales and zero points of GPTQ and AWQ, which stand with a group to each row and an output to each column.</summary>
internal static class SidewaysScales
{
    /// <summary>From "scales" [groups, rows].</summary>
    public static void Read(Checkpoint weights, LinearPart part, QuantizedMatrix matrix)
    {
        var scales = weights.GetFloats($"{part.Name}.scales", matrix.Groups, part.Rows);
        for (var row = 0; row < matrix.Rows; row++)
        {
            var line = matrix.Scales(row);
            for (var group = 0; group < line.Length; group++) line[group] = scales[(long)group * matrix.Rows + row];
        }
    }

    /// <summary>From "qzeros" [groups, rows / integers in a word].</summary>
    /// <param name="offset">Added to each word.</param>
    /// <param name="places">The place in a word of each of its integers.</param>
    public static void ReadZeroPoints(
        Checkpoint weights, LinearPart part, QuantizedMatrix matrix, uint offset, ReadOnlySpan<int> places)
    {
        var bits = matrix.Quantization.Bits;
        var (perWord, words) = (32 / bits, PackedIntegers.Words(part.Rows, bits));
        var packed = weights.Integers($"{part.Name}.qzeros", "I32", matrix.Groups, words);
        for (var row = 0; row < matrix.Rows; row++)
        {
            var zeros = matrix.ZeroPoints(row);
            for (var group = 0; group < zeros.Length; group++)
            {
                var word = unchecked(packed.Word(group * words + row / perWord) + offset);
                zeros[group] = PackedIntegers.At(word, bits, places[row % perWord]);
            }
        }
    }
}
