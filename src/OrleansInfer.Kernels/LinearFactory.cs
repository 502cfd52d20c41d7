using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// Chooses the kernel of each linear: oneDNN's, where a test of the shape shows that a row's result does not depend on its batch, else
/// the one written here.  Where oneDNN fails the test (it does without AVX512-BF16) it is slower too, so nothing is lost: 896 x 9728 in
/// bfloat16 on one core without AVX512-BF16 took 8.0 ms with oneDNN for 1 to 32 rows, with the other 0.5 ms for 1 row, 4.4 ms for 32.
/// </summary>
internal sealed class LinearFactory(Team team)
{
    const int Int8RowsOfOwn = 8; // 896 x 9728: 183 us against oneDNN's 230; level at 12, 340 against 298 at 16

    readonly Dictionary<(int In, int Out), bool> invariant = [];
    readonly SortedSet<string> kinds = [];
    bool refused;
    bool? exactInt8;
    uint checksum = 2166136261;

    // no instruction set: the kernels written here give the same bits on all of them, and what oneDNN makes of its own is in the checksum
    public string Mode => $"cpu/{(kinds.Count == 0 ? "none" : string.Join('+', kinds))}/{checksum:x8}";

    public Linear Create(ReadOnlySpan<WeightView> parts, DataType type)
    {
        if (type == DataType.Float32) return Accept(Own(parts, type), "fp32");
        return (OneDnn(parts) is { } linear) ? Accept(linear, "bf16-onednn") : Accept(Own(parts, type), "bf16");
    }

    public Linear Create(ReadOnlySpan<QuantizedMatrix> parts, DataType type)
    {
        if (parts.IsEmpty) throw new ArgumentException("A linear needs at least one matrix.", nameof(parts));
        var quantization = parts[0].Quantization;
        foreach (var part in parts)
        {
            if (part.Quantization == quantization && part.Columns == parts[0].Columns) continue;
            throw new ArgumentException(
                $"{part.Columns} columns in {part.Quantization} cannot be stacked on {parts[0].Columns} in {quantization}.");
        }
        if (!quantization.DynamicActivations)
            return Accept(new GroupedLinear(new GroupedWeights(parts), type), $"int{quantization.Bits}-weights");
        return Accept(new Int8Linear(parts, team.Threads, OwnInt8Rows(), type), "int8");
    }

    /// <summary>
    /// How many rows the own kernel takes: all, unless oneDNN's sums are exact.  They are not where it has no VNNI and adds pairs of
    /// products in 16 bits.
    /// </summary>
    int OwnInt8Rows()
    {
        if (!Vector512.IsHardwareAccelerated || !AtenShim.Available || !OpenMp.Available) return int.MaxValue;
        exactInt8 ??= ExactSums.Hold(team);
        return exactInt8.Value ? Int8RowsOfOwn : int.MaxValue;
    }

    static RowDotLinear Own(ReadOnlySpan<WeightView> parts, DataType type) => new(new StackedWeights(parts, type, VectorMath.Lanes));

    OneDnnLinear? OneDnn(ReadOnlySpan<WeightView> parts)
    {
        // libtorch writes a refusal to the standard error stream: it is asked only where it may agree, and not again after it did not
        if (refused || !Vector512.IsHardwareAccelerated || !AtenShim.Available) return null;
        using var weights = new StackedWeights(parts, DataType.BFloat16, 1);
        return IsInvariant(weights.Columns, weights.Rows) ? OneDnnLinear.TryCreate(weights, team.Threads) : null;
    }

    bool IsInvariant(int inFeatures, int outFeatures)
    {
        if (invariant.TryGetValue((inFeatures, outFeatures), out var known)) return known;
        using var weights = BatchInvariance.Weights(inFeatures, outFeatures);
        using var linear = OneDnnLinear.TryCreate(weights, team.Threads);
        refused = linear is null;
        var holds = linear is not null && BatchInvariance.Holds(team, linear);
        if (holds) checksum = BatchInvariance.Checksum(team, linear!, checksum);
        return invariant[(inFeatures, outFeatures)] = holds;
    }

    Linear Accept(Linear linear, string kind)
    {
        kinds.Add(kind);
        checksum = BatchInvariance.Checksum(team, linear, checksum);
        return linear;
    }
}
