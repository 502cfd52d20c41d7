using System.Runtime.Intrinsics;

namespace OrleansInfer.Kernels;

/// <summary>
/// Chooses the kernel of each linear: the faster one, where a test of the shape shows that a row's result does not depend on its batch.
/// </summary>
internal sealed class LinearFactory(Team team)
{
    readonly Dictionary<(int In, int Out), int[]?> counts = []; // the row counts with which oneDNN is batch-invariant, or null: it is not
    readonly SortedSet<string> kinds = [];
    uint checksum = 2166136261;

    // no instruction set: the kernels written here give the same bits on all of them, and what oneDNN makes of its own is in the checksum
    public string Mode => $"cpu/{(kinds.Count == 0 ? "none" : string.Join('+', kinds))}/{checksum:x8}";

    public Linear Create(ReadOnlySpan<WeightView> parts, DataType type)
    {
        if (type == DataType.BFloat16 && AtenShim.Available && Vector512.IsHardwareAccelerated)
        {
            using var dense = new StackedWeights(parts, type, 1);
            if (OneDnnLinear.TryCreate(dense, team.Threads) is { } packed)
            {
                if (Choose(packed) is { } chosen)
                {
                    if (packed.Threads > 1) team.Share();
                    packed.Counts = chosen;
                    return Accept(packed, chosen == RowCounts.Many ? "bf16-onednn" : "bf16-onednn-tiles");
                }
                packed.Dispose();
            }
        }
        return Accept(new RowDotLinear(new StackedWeights(parts, type, VectorMath.Lanes)), type == DataType.Float32 ? "fp32" : "bf16");
    }

    int[]? Choose(OneDnnLinear linear)
    {
        var shape = (linear.InFeatures, linear.OutFeatures);
        if (!counts.TryGetValue(shape, out var chosen))
        {
            chosen = BatchInvariance.Holds(team, linear, RowCounts.Many) ? RowCounts.Many
                : BatchInvariance.Holds(team, linear, RowCounts.One) ? RowCounts.One
                : null;
            counts[shape] = chosen;
        }
        return chosen;
    }

    Linear Accept(Linear linear, string kind)
    {
        kinds.Add(kind);
        checksum = BatchInvariance.Checksum(team, linear, checksum);
        return linear;
    }
}
