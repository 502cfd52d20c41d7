using System.Runtime.CompilerServices;

namespace OrleansInfer.Kernels;

/// <summary>How the inner loops are compiled.</summary>
internal static class Jit
{
    /// <summary>
    /// At once in full, for a loop's first calls are as long as any; and by itself, for in a larger method the register allocator spills
    /// its accumulators (measured: attention at half the speed).
    /// </summary>
    public const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
