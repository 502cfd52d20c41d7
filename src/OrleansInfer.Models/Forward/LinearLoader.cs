using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>Makes the linears of a network from its checkpoint, one at a time: never more than one's integers are in memory.</summary>
internal sealed class LinearLoader(Checkpoint weights, ModelConfig config, LinearFormats formats, CpuKernels kernels, DataType type)
{
    /// <summary>One linear of the matrices that stand together.</summary>
    /// <exception cref="ModelLoadException">A tensor is missing or of the wrong shape.</exception>
    public Linear Load(LinearPart[] parts)
    {
        if (formats.Of(parts[0]) is not { } format) return kernels.CreateLinear([.. parts.Select(View)], type);
        var stored = new List<StoredMatrix>();
        try
        {
            foreach (var part in parts) stored.Add(Integers(part, format));
            if (stored.Any(matrix => matrix.ColumnOf is not null)) return Dequantized(stored);
            return kernels.CreateLinear([.. stored.Select(matrix => matrix.Matrix)], type);
        }
        finally
        {
            stored.ForEach(matrix => matrix.Dispose());
        }
    }

    StoredMatrix Integers(LinearPart part, LinearQuantization format)
    {
        if (config.Stored?.FormatOf(weights, part) is null) return new StoredMatrix(QuantizedMatrix.Quantize(View(part), format));
        var stored = config.Stored.Read(weights, part);
        if (part.Biased) stored.Matrix.Bias = weights.GetFloats($"{part.Name}.bias", part.Rows);
        return stored;
    }

    WeightView View(LinearPart part)
    {
        // Some checkpoints say that the head is tied and hold it all the same; some hold none and do not say so.
        var tied = part.Name == "lm_head" && (config.TieWordEmbeddings || !weights.Has("lm_head.weight"));
        var weight = weights.Get(tied ? "model.embed_tokens.weight" : $"{part.Name}.weight", part.Rows, part.Columns);
        if (!part.Biased) return weight;
        var bias = weights.Get($"{part.Name}.bias", part.Rows);
        return weight with { Bias = bias.Data, BiasType = bias.Type };
    }

    /// <summary>Groups of columns that do not stand together would need x in an order of their own: the weights become floats.</summary>
    unsafe Linear Dequantized(List<StoredMatrix> stored)
    {
        var arrays = stored.ConvertAll(matrix => matrix.Dequantize()); // pinned
        var biases = stored.ConvertAll(matrix => matrix.Matrix.Bias is { } bias ? Pinned(bias) : null);
        var views = new WeightView[arrays.Count];
        for (var i = 0; i < views.Length; i++)
        {
            var (rows, columns) = (stored[i].Matrix.Rows, stored[i].Matrix.Columns);
            views[i] = new WeightView(AddressOf(arrays[i]), WeightType.F32, rows, columns, biases[i] is { } bias ? AddressOf(bias) : 0);
        }
        var linear = kernels.CreateLinear(views, type);
        GC.KeepAlive(arrays);
        GC.KeepAlive(biases);
        return linear;
    }

    static unsafe nint AddressOf(float[] pinned) => (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref pinned[0]);

    static float[] Pinned(float[] values)
    {
        var pinned = GC.AllocateUninitializedArray<float>(values.Length, pinned: true);
        values.CopyTo(pinned, 0);
        return pinned;
    }
}
