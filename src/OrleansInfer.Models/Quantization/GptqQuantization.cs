using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>
/// The layout of AutoGPTQ and GPTQModel (Frantar et al. 2022): "qweight" [columns / 8, rows] packed down the columns, "qzeros"
/// [groups, rows / 8] packed along the rows, "scales" [groups, rows], and the group of each column in "g_idx".
/// </summary>
internal sealed class GptqQuantization : StoredQuantization
{
    public const string Name = "gptq";

    readonly LinearQuantization _linear;
    readonly bool _zerosLessOne;

    GptqQuantization(LinearQuantization linear, bool zerosLessOne) => (_linear, _zerosLessOne) = (linear, zerosLessOne);

    public override string Method => Name;

    protected override string Format => QuantizationFormat.NameOf(_linear);

    public static new GptqQuantization Read(JsonFile json)
    {
        var bits = json.Int("bits", 1, 64);
        if (bits is not (4 or 8)) throw Unsupported(json, $"weights of {bits} bits", "4 and 8 are");
        var format = json.Bool("is_marlin_format", false) ? "marlin" : json.StringOrNull("checkpoint_format") ?? "gptq";
        if (format is not ("gptq" or "gptq_v2"))
            throw Unsupported(json, $"GPTQ checkpoints in the format \"{format}\"", "gptq and gptq_v2 are");
        if (json.StringOrNull("pack_dtype") is { } word && word != "int32")
            throw Unsupported(json, $"weights packed into {word}", "int32 is");
        if (json.ObjectOrNull("dynamic") is { } dynamic && dynamic.Members.EnumerateObject().Any())
            throw Unsupported(json, "formats that differ by module (\"dynamic\")");
        var linear = new LinearQuantization(bits, GroupSize(json, "group_size"), json.Bool("sym", true), DynamicActivations: false);
        return new GptqQuantization(linear, zerosLessOne: format == "gptq");
    }

    public override LinearQuantization? FormatOf(Checkpoint weights, LinearPart part) =>
        weights.Has($"{part.Name}.qweight") ? _linear : null;

    public override StoredMatrix Read(Checkpoint weights, LinearPart part)
    {
        var (rows, bits) = ((int)part.Rows, _linear.Bits);
        var packed = weights.Integers($"{part.Name}.qweight", "I32", PackedIntegers.Words(part.Columns, bits), part.Rows);
        var matrix = new QuantizedMatrix(rows, (int)part.Columns, _linear);
        try
        {
            ForRows(rows, (first, last) => Unpack(packed, matrix, first, last));
            SidewaysScales.Read(weights, part, matrix);
            // What the name says: zero points of symmetric weights are stored too, by some tools with other numbers than the middle.
            if (!_linear.Symmetric) SidewaysScales.ReadZeroPoints(weights, part, matrix, Zeros(bits), PackedIntegers.InOrder);
            return weights.Has($"{part.Name}.g_idx")
                ? StoredMatrix.Regroup(matrix, weights.Integers($"{part.Name}.g_idx", "I32", part.Columns))
                : new StoredMatrix(matrix);
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The first format subtracts one from each zero point, in whole words and so with borrows between the numbers; adding it to whole
    /// words undoes that.
    /// </summary>
    uint Zeros(int bits) => !_zerosLessOne ? 0 : bits == 4 ? 0x11111111u : 0x01010101u;

    static void Unpack(IntegerTensor packed, QuantizedMatrix matrix, int first, int last)
    {
        var (bits, columns) = (matrix.Quantization.Bits, matrix.Columns);
        var perWord = 32 / bits;
        for (var column = 0; column < columns; column += perWord)
        {
            var words = packed.Bytes(((long)(column / perWord) * matrix.Rows + first) * sizeof(uint), (last - first) * sizeof(uint));
            var count = Math.Min(perWord, columns - column);
            for (var row = first; row < last; row++)
            {
                var word = words.Slice((row - first) * sizeof(uint), sizeof(uint));
                PackedIntegers.Unpack(word, bits, matrix.Values(row).Slice(column, count));
            }
        }
    }
}
