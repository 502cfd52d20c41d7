using OrleansInfer.Kernels;

namespace OrleansInfer.Models;

/// <summary>
/// The layout of github.com/vllm-project/compressed-tensors: rows as in the unquantized matrix, a scale for each row or group, zero points
/// of packed matrices packed down the rows.
/// </summary>
internal sealed class CompressedTensorsQuantization : StoredQuantization
{
    public const string Name = "compressed-tensors";

    readonly IReadOnlyList<CompressedGroup> _groups;
    readonly ModuleTargets _ignored;
    readonly string _where;

    CompressedTensorsQuantization(IReadOnlyList<CompressedGroup> groups, ModuleTargets ignored, string where) =>
        (_groups, _ignored, _where) = (groups, ignored, where);

    public override string Method => Name;

    protected override string Format =>
        _groups.Select(group => group.Linear).Distinct().ToList() is [var only] ? QuantizationFormat.NameOf(only) : "mixed";

    public static new CompressedTensorsQuantization Read(JsonFile json)
    {
        if (json.StringOrNull("quantization_status") is { } status && status != "compressed")
            throw Unsupported(json, $"\"quantization_status\": \"{status}\"", "\"compressed\" is");
        if (json.Has("kv_cache_scheme")) throw Unsupported(json, "stored scales of the KV cache (\"kv_cache_scheme\")");
        if (json.ObjectOrNull("sparsity_config") is { } sparse && sparse.StringOrNull("format") is { } format && format != "dense")
            throw Unsupported(json, $"sparse weights (\"sparsity_config\" with the format \"{format}\")");
        if (json.ObjectOrNull("transform_config") is { } transform && transform.Members.EnumerateObject().Any())
            throw Unsupported(json, "transformed weights (\"transform_config\")");
        var groups = json.ObjectOrNull("config_groups") ?? throw json.Fault("\"config_groups\" is missing.");
        var layout = json.StringOrNull("format") ?? "absent";
        try
        {
            var ignored = new ModuleTargets(json.Strings("ignore"));
            return new CompressedTensorsQuantization(
                [.. groups.Objects().Select(group => CompressedGroup.Read(group, layout))], ignored, json.Where);
        }
        catch (FormatException e)
        {
            throw json.Fault($"\"ignore\": {e.Message}.");
        }
    }

    /// <summary>A head that is tied to the embedding is a Linear, too, and not quantized.</summary>
    public override LinearQuantization? FormatOf(Checkpoint weights, LinearPart part) =>
        part.Name == "lm_head" && !weights.Has("lm_head.weight_scale") ? null : GroupOf(part.Name)?.Linear;

    public override StoredMatrix Read(Checkpoint weights, LinearPart part)
    {
        var group = GroupOf(part.Name)!;
        var (rows, columns) = ((int)part.Rows, (int)part.Columns);
        var matrix = new QuantizedMatrix(rows, columns, group.Linear);
        try
        {
            if (group.Packed) ReadPacked(weights, part, matrix);
            else ReadBytes(weights, part, matrix);
            ReadScales(weights, part, matrix, group.PerTensor);
            if (!group.Linear.Symmetric) ReadZeroPoints(weights, part, matrix, group);
            return group.ByActivations
                ? StoredMatrix.Regroup(matrix, weights.Integers($"{part.Name}.weight_g_idx", "I32", part.Columns))
                : new StoredMatrix(matrix);
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    CompressedGroup? GroupOf(string module)
    {
        try
        {
            if (_ignored.RankOf(module) is not null) return null;
            return _groups.Select(group => (Group: group, Rank: group.Targets.RankOf(module))).Where(found => found.Rank is not null)
                .OrderBy(found => found.Rank).FirstOrDefault().Group;
        }
        catch (FormatException e)
        {
            throw new ModelLoadException($"{_where}: {e.Message}.");
        }
    }

    static void ReadPacked(Checkpoint weights, LinearPart part, QuantizedMatrix matrix)
    {
        var bits = matrix.Quantization.Bits;
        var words = PackedIntegers.Words(part.Columns, bits);
        var packed = weights.Integers($"{part.Name}.weight_packed", "I32", part.Rows, words);
        if (weights.Has($"{part.Name}.weight_shape")) CheckShape(weights.Integers($"{part.Name}.weight_shape", "I64", 2), part);
        ForRows(matrix.Rows, (first, last) =>
        {
            for (var row = first; row < last; row++)
                PackedIntegers.Unpack(packed.Bytes(row * words * sizeof(int), words * sizeof(int)), bits, matrix.Values(row));
        });
    }

    static void CheckShape(IntegerTensor shape, LinearPart part)
    {
        if (shape.Long(0) == part.Rows && shape.Long(1) == part.Columns) return;
        throw new ModelLoadException($"{shape.Where} is [{shape.Long(0)}, {shape.Long(1)}], [{part.Rows}, {part.Columns}] is expected.");
    }

    static void ReadBytes(Checkpoint weights, LinearPart part, QuantizedMatrix matrix)
    {
        var stored = weights.Integers($"{part.Name}.weight", "I8", part.Rows, part.Columns);
        for (var row = 0; row < matrix.Rows; row++) CopyChecked(stored, row * part.Columns, matrix.Values(row), matrix.Quantization);
    }

    static void ReadScales(Checkpoint weights, LinearPart part, QuantizedMatrix matrix, bool perTensor)
    {
        var name = $"{part.Name}.weight_scale";
        if (perTensor)
        {
            var one = weights.GetFloats(name, 1);
            for (var row = 0; row < matrix.Rows; row++) matrix.Scales(row).Fill(one[0]);
            return;
        }
        var scales = weights.GetFloats(name, part.Rows, matrix.Groups);
        for (var row = 0; row < matrix.Rows; row++) scales.AsSpan(row * matrix.Groups, matrix.Groups).CopyTo(matrix.Scales(row));
    }

    static void ReadZeroPoints(Checkpoint weights, LinearPart part, QuantizedMatrix matrix, CompressedGroup group)
    {
        var (name, groups, bits) = ($"{part.Name}.weight_zero_point", matrix.Groups, matrix.Quantization.Bits);
        if (!group.Packed)
        {
            var stored = group.PerTensor ? weights.Integers(name, "I8", 1) : weights.Integers(name, "I8", part.Rows, groups);
            for (var row = 0; row < matrix.Rows; row++)
                CopyChecked(stored, group.PerTensor ? 0 : (long)row * groups, matrix.ZeroPoints(row), matrix.Quantization);
            return;
        }
        var packed = weights.Integers(name, "I32", PackedIntegers.Words(part.Rows, bits), groups);
        var perWord = 32 / bits;
        for (var row = 0; row < matrix.Rows; row++)
        {
            var zeros = matrix.ZeroPoints(row);
            var first = (long)(row / perWord) * groups;
            for (var g = 0; g < groups; g++) zeros[g] = PackedIntegers.At(packed.Word(first + g), bits, row % perWord);
        }
    }

    static void CopyChecked(IntegerTensor from, long start, Span<sbyte> to, LinearQuantization quantization)
    {
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(from.Bytes(start, to.Length)).CopyTo(to);
        if (quantization.Bits == 8 || !to.ContainsAnyExceptInRange((sbyte)quantization.Least, (sbyte)quantization.Largest)) return;
        throw new ModelLoadException($"{from.Where} has numbers outside {quantization.Least} to {quantization.Largest}.");
    }
}
