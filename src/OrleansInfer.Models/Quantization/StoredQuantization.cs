using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>How a checkpoint holds its linears in integers: what "quantization_config" of config.json says.</summary>
internal abstract class StoredQuantization
{
    /// <summary>Rows that one task reads: where outputs stand side by side, they share lines of the cache.</summary>
    protected const int RowsPerTask = 64;

    const string Mend = "use the unquantized checkpoint, with --quantization int8 or int4 if it is to be small";

    /// <summary>The method's name, e.g. "gptq".</summary>
    public abstract string Method { get; }

    /// <summary>The format of its linears, or "mixed".</summary>
    protected abstract string Format { get; }

    /// <summary>E.g. "int4-g128 (gptq)".</summary>
    public override string ToString() => $"{Format} ({Method})";

    /// <summary>Null: the checkpoint holds this linear in full precision.</summary>
    /// <exception cref="ModelLoadException">It is held in a way that is not supported.</exception>
    public abstract LinearQuantization? FormatOf(Checkpoint weights, LinearPart part);

    /// <summary>The integers of a linear whose <see cref="FormatOf"/> is not null; the bias is not read.</summary>
    /// <exception cref="ModelLoadException">A tensor is missing, or contradicts config.json.</exception>
    public abstract StoredMatrix Read(Checkpoint weights, LinearPart part);

    /// <exception cref="ModelLoadException">The method is not supported.</exception>
    public static StoredQuantization Read(JsonFile json) => json.String("quant_method") switch
    {
        CompressedTensorsQuantization.Name => CompressedTensorsQuantization.Read(json),
        GptqQuantization.Name => GptqQuantization.Read(json),
        AwqQuantization.Name => AwqQuantization.Read(json),
        var method => throw Unsupported(json, $"checkpoints quantized with \"{method}\"", "compressed-tensors, gptq and awq are"),
    };

    public static ModelLoadException Unsupported(JsonFile json, string what, string? supported = null) =>
        json.Fault($"{what} are not supported{(supported is null ? "" : $" ({supported})")}; {Mend}.");

    protected static void ForRows(int rows, Action<int, int> read) =>
        Parallel.For(0, (rows + RowsPerTask - 1) / RowsPerTask,
            task => read(task * RowsPerTask, Math.Min(rows, (task + 1) * RowsPerTask)));

    /// <summary>Sizes of a group that files name: the kernels' condition on them, and -1 for a whole row.</summary>
    protected static int GroupSize(JsonFile json, string member)
    {
        var size = json.Int(member, -1, 1 << 20);
        if (size == 0 || size % 8 != 0 && size != -1) throw Unsupported(json, $"groups of {size} columns", "multiples of 8 and -1 are");
        return Math.Max(size, 0);
    }
}
