using OrleansInfer.Kernels;

namespace OrleansInfer.Models.Tests;

/// <summary>
/// Random integers, zero points and scales of one matrix, and how the formats store them: one number at a time, from their descriptions.
/// </summary>
internal sealed class QuantizationCase
{
    public const string Module = "model.layers.0.mlp.down_proj";

    static readonly int[] AwqOrder = [0, 2, 4, 6, 1, 3, 5, 7]; // the row at each place of a word

    public readonly int Rows, Columns, Bits, GroupSize, Groups;
    public readonly int[,] Q; // [rows, columns], unsigned
    public readonly int[,] Zero; // [rows, groups], unsigned
    public readonly Half[,] Scale; // [rows, groups]

    public QuantizationCase(int seed, int rows, int columns, int bits, int groupSize)
    {
        (Rows, Columns, Bits, GroupSize) = (rows, columns, bits, groupSize);
        var size = groupSize == 0 ? columns : groupSize;
        Groups = (columns + size - 1) / size;
        (Q, Zero, Scale) = (new int[rows, columns], new int[rows, Groups], new Half[rows, Groups]);
        var random = new Random(seed);
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++) Q[r, c] = random.Next(1 << bits);
            for (var g = 0; g < Groups; g++) (Zero[r, g], Scale[r, g]) = (random.Next(1, 1 << bits), (Half)(random.NextSingle() + 0.01f));
        }
    }

    public LinearPart Part => new(Module, Rows, Columns);

    /// <summary>[rows, columns] packed along the columns, lowest bits first (compressed-tensors).</summary>
    public uint[] PackedAlongColumns() => Pack(Rows, Columns, (r, c) => Q[r, c], place => place);

    /// <summary>[groups, rows] or the like, packed along the second.</summary>
    public uint[] Pack(int lines, int length, Func<int, int, int> number, Func<int, int> placeOf)
    {
        var perWord = 32 / Bits;
        var words = (length + perWord - 1) / perWord;
        var packed = new uint[lines * words];
        for (var line = 0; line < lines; line++)
            for (var i = 0; i < length; i++)
                packed[line * words + i / perWord] |= (uint)number(line, i) << (Bits * placeOf(i % perWord));
        return packed;
    }

    /// <summary>The transpose of what packing along the second gives: packed down the first of [length, lines].</summary>
    public uint[] PackDown(int lines, int length, Func<int, int, int> number)
    {
        var words = (length * Bits + 31) / 32;
        var along = Pack(lines, length, number, place => place);
        return [.. from word in Enumerable.Range(0, words) from line in Enumerable.Range(0, lines) select along[line * words + word]];
    }

    public Half[] ScalesByRow() => [.. Scale.Cast<Half>()];

    public Half[] ScalesByGroup() =>
        [.. from g in Enumerable.Range(0, Groups) from r in Enumerable.Range(0, Rows) select Scale[r, g]];

    /// <summary>The weights that the integers mean.</summary>
    public float[] Weights(int[] groupOf) =>
    [
        .. from r in Enumerable.Range(0, Rows)
           from c in Enumerable.Range(0, Columns)
           select (float)Scale[r, groupOf[c]] * (Q[r, c] - Zero[r, groupOf[c]]),
    ];

    public StoredFolder StoreGptq(StoredFolder folder, string module, bool lessOne)
    {
        var perWord = 32 / Bits;
        return folder
            .With($"{module}.qweight", "I32", PackDown(Rows, Columns, (r, c) => Q[r, c]), Columns / perWord, Rows)
            .With($"{module}.qzeros", "I32",
                Pack(Groups, Rows, (g, r) => Zero[r, g] - (lessOne ? 1 : 0), place => place), Groups, Rows / perWord)
            .With($"{module}.scales", "F16", ScalesByGroup(), Groups, Rows);
    }

    public StoredFolder StoreAwq(StoredFolder folder, string module) => folder
        .With($"{module}.qweight", "I32", Pack(Columns, Rows, (c, r) => Q[r, c], AwqPlace), Columns, Rows / 8)
        .With($"{module}.qzeros", "I32", Pack(Groups, Rows, (g, r) => Zero[r, g], AwqPlace), Groups, Rows / 8)
        .With($"{module}.scales", "F16", ScalesByGroup(), Groups, Rows);

    static int AwqPlace(int row) => Array.IndexOf(AwqOrder, row);

    public void Check(QuantizedMatrix matrix, bool symmetric, Func<int, int>? columnAt = null)
    {
        var middle = 1 << (Bits - 1);
        Assert.Equal((Rows, Columns, Groups), (matrix.Rows, matrix.Columns, matrix.Groups));
        for (var r = 0; r < Rows; r++)
        {
            for (var c = 0; c < Columns; c++) Assert.Equal(Q[r, columnAt?.Invoke(c) ?? c] - middle, matrix.Values(r)[c]);
            for (var g = 0; g < Groups; g++)
            {
                Assert.Equal((float)Scale[r, g], matrix.Scales(r)[g]);
                if (!symmetric) Assert.Equal(Zero[r, g] - middle, matrix.ZeroPoints(r)[g]);
            }
        }
    }
}
