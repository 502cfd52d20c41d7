using System.Runtime.InteropServices;
using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>The tensors that stand for a quantized matrix in a compressed-tensors checkpoint.</summary>
internal sealed class QuantizedTensors(LinearPart part, LinearQuantization format)
{
    const int RowsAtOnce = 64;

    readonly bool _packed = QuantizedConfig.IsPacked(format);
    readonly int _bits = format.Bits;
    readonly int _groups = format.GroupsOf((int)part.Columns);

    public LinearPart Part => part;

    public LinearQuantization Format => format;

    public IEnumerable<TensorEntry> Entries
    {
        get
        {
            yield return _packed
                ? TensorEntry.Of(Values, "I32", part.Rows, PackedIntegers.Words(part.Columns, _bits))
                : TensorEntry.Of(Values, "I8", part.Rows, part.Columns);
            yield return TensorEntry.Of(Scale, "BF16", part.Rows, _groups);
            if (!format.Symmetric) yield return TensorEntry.Of(ZeroPoint, "I32", PackedIntegers.Words(part.Rows, _bits), _groups);
            if (_packed) yield return TensorEntry.Of(Shape, "I64", 2);
        }
    }

    string Values => $"{part.Name}.{(_packed ? "weight_packed" : "weight")}";

    string Scale => $"{part.Name}.weight_scale";

    string ZeroPoint => $"{part.Name}.weight_zero_point";

    string Shape => $"{part.Name}.weight_shape";

    public void Write(SafetensorsOutput output, QuantizedMatrix matrix)
    {
        WriteValues(output, matrix);
        var scales = new ushort[matrix.Rows * (long)_groups];
        for (var row = 0; row < matrix.Rows; row++)
            for (var group = 0; group < _groups; group++)
                scales[(long)row * _groups + group] = (ushort)(BitConverter.SingleToUInt32Bits(matrix.Scales(row)[group]) >> 16); // exact
        output.Write(Scale, 0, MemoryMarshal.AsBytes(scales.AsSpan()));
        if (!format.Symmetric) WriteZeroPoints(output, matrix);
        if (_packed) output.Write(Shape, 0, MemoryMarshal.AsBytes<long>([part.Rows, part.Columns]));
    }

    void WriteValues(SafetensorsOutput output, QuantizedMatrix matrix)
    {
        var rowBytes = (int)(_packed ? PackedIntegers.Words(part.Columns, _bits) * sizeof(int) : part.Columns);
        var piece = new byte[RowsAtOnce * rowBytes];
        for (var first = 0; first < matrix.Rows; first += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, matrix.Rows - first);
            for (var i = 0; i < count; i++)
            {
                var line = piece.AsSpan(i * rowBytes, rowBytes);
                if (_packed) PackedIntegers.Pack(matrix.Values(first + i), _bits, line);
                else MemoryMarshal.AsBytes(matrix.Values(first + i)).CopyTo(line);
            }
            output.Write(Values, (long)first * rowBytes, piece.AsSpan(0, count * rowBytes));
        }
    }

    /// <summary>Packed down the rows: a word has the zero points of eight rows in one group.</summary>
    void WriteZeroPoints(SafetensorsOutput output, QuantizedMatrix matrix)
    {
        var perWord = 32 / _bits;
        var words = new uint[PackedIntegers.Words(part.Rows, _bits) * _groups];
        for (var row = 0; row < matrix.Rows; row++)
        {
            var zeros = matrix.ZeroPoints(row);
            for (var group = 0; group < _groups; group++)
            {
                var unsigned = (uint)(zeros[group] + (1 << (_bits - 1)));
                words[row / perWord * _groups + group] |= unsigned << (row % perWord * _bits);
            }
        }
        output.Write(ZeroPoint, 0, MemoryMarshal.AsBytes(words.AsSpan()));
    }
}
