using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace OrleansInfer.Kernels;

/// <summary>Asks for memory before it is needed.  Any address will do: one that is nowhere is passed over.</summary>
internal static unsafe class Prefetch
{
    /// <summary>The cache line at the address, into the first cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }
}
