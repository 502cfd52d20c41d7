namespace OrleansInfer.Kernels;

/// <summary>
/// Integer weights in the order in which <see cref="GroupedKernel"/> reads them, from the first byte to the last.
/// <para>
/// A panel is <see cref="PanelOutputs"/> outputs, an output a lane of 32 bits.  In a panel, group by group: the scales, the zero points as
/// 16-bit integers if there are any, then blocks of two vectors, each lane with as many columns of its output as 32 bits hold.  The low 16
/// bits have the even columns, the high ones the odd, the first on top: an arithmetic shift to the right gives the next pair of columns as
/// two shorts, a shift to the left uncovers the one behind it.  Outputs and columns that do not exist are zeros.
/// </para>
/// </summary>
internal sealed unsafe class GroupedWeights : IDisposable
{
    public const int PanelOutputs = 2 * VectorMath.Lanes;
    public const int BlockBytes = 2 * 64;

    readonly NativeBuffer data;
    readonly NativeBuffer bias;

    public GroupedWeights(ReadOnlySpan<QuantizedMatrix> parts)
    {
        Quantization = parts[0].Quantization;
        Columns = parts[0].Columns;
        foreach (var part in parts)
        {
            Outputs += part.Rows;
            if (!HasBFloat16Scales(part)) ScaleType = DataType.Float32;
        }
        GroupColumns = ExactColumns(Quantization);
        HeaderBytes = PanelOutputs * (ScaleType.Size + (Quantization.Symmetric ? 0 : sizeof(short)));
        PanelBytes = (long)Groups * HeaderBytes + (long)Blocks * BlockBytes;
        data = new NativeBuffer(Panels * PanelBytes);
        bias = new NativeBuffer((long)Panels * PanelOutputs * sizeof(float));
        var output = 0;
        foreach (var part in parts)
        {
            part.Bias?.CopyTo(new Span<float>(Bias + output, part.Rows));
            for (var row = 0; row < part.Rows; row++) Pack(part, row, output++);
        }
    }

    public LinearQuantization Quantization { get; }

    public int Outputs { get; }

    public int Columns { get; }

    /// <summary>BFloat16 where it holds every scale exactly.</summary>
    public DataType ScaleType { get; } = DataType.BFloat16;

    /// <summary>Columns that a kernel sums up in integers: a group of the quantization, or an equal part of it.</summary>
    public int GroupColumns { get; }

    public int HeaderBytes { get; }

    public long PanelBytes { get; }

    public int BlockColumns => 32 / Quantization.Bits;

    public int Groups => (Columns + GroupColumns - 1) / GroupColumns;

    public int Blocks => (Columns + BlockColumns - 1) / BlockColumns;

    public int Panels => (Outputs + PanelOutputs - 1) / PanelOutputs;

    public byte* Data => data.Data;

    /// <summary>A number for each output, those that do not exist too.</summary>
    public float* Bias => (float*)bias.Data;

    public long Bytes => data.Bytes + bias.Bytes;

    public void Dispose()
    {
        data.Dispose();
        bias.Dispose();
    }

    /// <summary>As many columns of a group as have a sum below 2^31, whatever the weights (less zero points) and 16-bit x are.</summary>
    static int ExactColumns(LinearQuantization quantization)
    {
        var most = quantization.Bits == 4 ? 4096 : 256;
        if (quantization.GroupSize == 0) return most;
        var columns = Math.Min(quantization.GroupSize, most);
        while (quantization.GroupSize % columns != 0) columns -= 8;
        return columns;
    }

    static bool HasBFloat16Scales(QuantizedMatrix part)
    {
        for (var row = 0; row < part.Rows; row++)
        {
            foreach (var scale in part.Scales(row))
            {
                if ((BitConverter.SingleToUInt32Bits(scale) & 0xffff) != 0) return false;
            }
        }
        return true;
    }

    void Pack(QuantizedMatrix part, int row, int output)
    {
        var (panel, lane) = Math.DivRem(output, PanelOutputs);
        var at = Data + panel * PanelBytes;
        for (var first = 0; first < Columns; first += GroupColumns)
        {
            PackHeader(part, row, first, at, lane);
            at += HeaderBytes;
            var end = Math.Min(first + GroupColumns, Columns);
            for (var column = first; column < end; column += BlockColumns, at += BlockBytes)
            {
                ((uint*)at)[lane] = Word(part.Values(row)[column..Math.Min(column + BlockColumns, end)]);
            }
        }
    }

    void PackHeader(QuantizedMatrix part, int row, int column, byte* header, int lane)
    {
        var group = column / Quantization.GroupColumns(Columns);
        var scale = part.Scales(row)[group];
        if (ScaleType == DataType.Float32) ((float*)header)[lane] = scale;
        else BFloat16Element.Set(header, lane, scale);
        if (!Quantization.Symmetric) ((short*)(header + PanelOutputs * ScaleType.Size))[lane] = part.ZeroPoints(row)[group];
    }

    uint Word(ReadOnlySpan<sbyte> values)
    {
        var (bits, word) = (Quantization.Bits, 0u);
        for (var i = 0; i < values.Length; i++)
        {
            var place = 16 * (i % 2) + 16 - bits * (i / 2 + 1);
            word |= ((uint)values[i] & ((1u << bits) - 1)) << place;
        }
        return word;
    }
}
