namespace OrleansInfer.Engine;

/// <summary>How busy an engine is, between two steps. Blocks that are neither free nor cached belong to running sequences.</summary>
/// <param name="CachedBlocks">Blocks no sequence uses, kept for their contents; they are given up when free ones run out.</param>
public sealed record EngineLoad(int TotalBlocks, int FreeBlocks, int CachedBlocks, int Running, int Waiting, ulong Steps)
{
    /// <summary>Part of the KV cache that running sequences hold, 0 to 1.</summary>
    public double KvCacheUsage => (double)(TotalBlocks - FreeBlocks - CachedBlocks) / TotalBlocks;
}
