namespace OrleansInfer.Kernels;

/// <summary>
/// Some outputs of an integer linear as panels for <see cref="Int8Dot"/>: [outputs / 64, columns / 4, 64, 4], columns padded with zeros to
/// a multiple of 64.  That is the layout which oneDNN chooses too (BA16a64b4a in its notation), so both read one copy: where oneDNN's
/// memory has, byte for byte, what is expected, it is used by both, otherwise oneDNN is not.
/// </summary>
internal sealed unsafe class Int8Panels : IDisposable
{
    const int ColumnMultiple = 64;

    readonly NativeBuffer? own;
    readonly nint packed;
    readonly sbyte* data;

    /// <summary>Outputs <paramref name="first"/> and on of the parts, one below the other.</summary>
    public Int8Panels(ReadOnlySpan<QuantizedMatrix> parts, int first, int outputs, bool useOneDnn)
    {
        (First, Outputs) = (first, outputs);
        var columns = parts[0].Columns;
        PanelBytes = (long)(columns + ColumnMultiple - 1) / ColumnMultiple * ColumnMultiple * Int8Dot.Outputs;
        var panels = (outputs + Int8Dot.Outputs - 1) / Int8Dot.Outputs;
        own = new NativeBuffer(panels * PanelBytes);
        using var plain = useOneDnn ? new NativeBuffer((long)outputs * columns) : null;
        for (var i = 0; i < outputs; i++)
        {
            var row = Row(parts, first + i);
            Place(row, (sbyte*)own.Data + i / Int8Dot.Outputs * PanelBytes + i % Int8Dot.Outputs * Int8Dot.Depth);
            if (plain is not null) row.CopyTo(new Span<sbyte>(plain.Data + (long)i * columns, columns));
        }
        data = (sbyte*)own.Data;
        if (plain is null) return;
        packed = Pack(plain, outputs, columns);
        if (packed == 0) return;
        data = (sbyte*)AtenShim.Data(packed);
        own.Dispose();
        own = null;
    }

    public int First { get; }

    public int Outputs { get; }

    /// <summary>Bytes from one panel to the next.</summary>
    public long PanelBytes { get; }

    /// <summary>The weight for libtorch's linear, or 0.</summary>
    public nint Packed => packed;

    public sbyte* Data => data;

    public void Dispose()
    {
        own?.Dispose();
        AtenShim.Delete(packed);
    }

    /// <summary>oneDNN's copy, or 0 where it has none or another layout.</summary>
    nint Pack(NativeBuffer plain, int outputs, int columns)
    {
        var tensor = AtenShim.FromBlob(plain.Data, AtenType.Int8, outputs, columns);
        var reordered = AtenShim.ReorderInt8LinearWeight(tensor);
        AtenShim.Delete(tensor);
        if (reordered == 0) return 0;
        var panels = (outputs + Int8Dot.Outputs - 1) / Int8Dot.Outputs;
        var theirs = (byte*)AtenShim.Data(reordered);
        for (var i = 0; i < panels; i++)
        {
            var expected = new ReadOnlySpan<byte>(own!.Data + i * PanelBytes, (int)PanelBytes);
            if (expected.SequenceEqual(new ReadOnlySpan<byte>(theirs + i * PanelBytes, (int)PanelBytes))) continue;
            AtenShim.Delete(reordered);
            return 0;
        }
        return reordered;
    }

    static Span<sbyte> Row(ReadOnlySpan<QuantizedMatrix> parts, int row)
    {
        var part = 0;
        for (; row >= parts[part].Rows; part++) row -= parts[part].Rows;
        return parts[part].Values(row);
    }

    static void Place(ReadOnlySpan<sbyte> row, sbyte* to)
    {
        for (var k = 0; k < row.Length; k++) to[(nint)(k / Int8Dot.Depth) * Int8Dot.Outputs * Int8Dot.Depth + k % Int8Dot.Depth] = row[k];
    }
}
