using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>
/// The layout of AutoAWQ's version "gemm" (Lin et al. 2023): "qweight" [columns, rows / 8] and "qzeros" [groups, rows / 8] packed along the
/// rows in an order of their own, "scales" [groups, rows].
/// </summary>
internal sealed class AwqQuantization : StoredQuantization
{
    public const string Name = "awq";

    const int Bits = 4, PerWord = 8;

    /// <summary>A word holds its eight rows as 0, 2, 4, 6, 1, 3, 5, 7: this is the place of each.</summary>
    static readonly int[] Places = [0, 4, 1, 5, 2, 6, 3, 7];

    readonly LinearQuantization _linear;

    AwqQuantization(LinearQuantization linear) => _linear = linear;

    public override string Method => Name;

    protected override string Format => QuantizationFormat.NameOf(_linear);

    public static new AwqQuantization Read(JsonFile json)
    {
        var bits = json.Int("bits", 1, 64);
        if (bits != Bits) throw Unsupported(json, $"AWQ weights of {bits} bits", "4 are");
        var version = json.StringOrNull("version") ?? "gemm";
        if (!version.Equals("gemm", StringComparison.OrdinalIgnoreCase))
            throw Unsupported(json, $"AWQ checkpoints of the version \"{version}\"", "gemm is");
        if (!json.Bool("zero_point", true)) throw Unsupported(json, "AWQ checkpoints without zero points (\"zero_point\": false)");
        var groupSize = GroupSize(json, "group_size");
        return new AwqQuantization(new LinearQuantization(Bits, groupSize, Symmetric: false, DynamicActivations: false));
    }

    public override LinearQuantization? FormatOf(Checkpoint weights, LinearPart part) =>
        weights.Has($"{part.Name}.qweight") ? _linear : null;

    public override StoredMatrix Read(Checkpoint weights, LinearPart part)
    {
        var rows = (int)part.Rows;
        var packed = weights.Integers($"{part.Name}.qweight", "I32", part.Columns, PackedIntegers.Words(part.Rows, Bits));
        var matrix = new QuantizedMatrix(rows, (int)part.Columns, _linear);
        try
        {
            ForRows(rows, (first, last) => Unpack(packed, matrix, first, last));
            SidewaysScales.Read(weights, part, matrix);
            SidewaysScales.ReadZeroPoints(weights, part, matrix, offset: 0, Places);
            return new StoredMatrix(matrix);
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    /// <summary>In tiles: a row of words has one column of many rows, which stand far from each other.</summary>
    static void Unpack(IntegerTensor packed, QuantizedMatrix matrix, int first, int last)
    {
        const int TileColumns = 64;
        var words = PackedIntegers.Words(matrix.Rows, Bits);
        Span<sbyte> tile = stackalloc sbyte[RowsPerTask * TileColumns];
        for (var column = 0; column < matrix.Columns; column += TileColumns)
        {
            var count = Math.Min(TileColumns, matrix.Columns - column);
            for (var c = 0; c < count; c++)
                for (var row = first; row < last; row++)
                {
                    var word = packed.Word((column + c) * words + row / PerWord);
                    tile[(row - first) * TileColumns + c] = PackedIntegers.At(word, Bits, Places[row % PerWord]);
                }
            for (var row = first; row < last; row++)
                tile.Slice((row - first) * TileColumns, count).CopyTo(matrix.Values(row)[column..]);
        }
    }
}
