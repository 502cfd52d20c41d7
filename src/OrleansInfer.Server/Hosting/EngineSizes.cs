using OrleansInfer.Engine;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>The engine's sizes, all of them decided here: the edge checks requests against the same numbers.</summary>
internal static class EngineSizes
{
    public static EngineOptions Of(ServerOptions options, LoadedModel model)
    {
        var network = model.Network;
        var bytesPerBlock = network.KvBytesPerToken * options.BlockSize;
        var blocks = options.NumKvBlocks ?? (int)Math.Min(((long)options.KvCacheMib << 20) / bytesPerBlock, 1 << 26);
        if (options.MaxModelLen > network.MaxModelLen)
            throw new StartFault($"--max-model-len {options.MaxModelLen} is beyond the model's {network.MaxModelLen} tokens.");
        if (options.MaxModelLen > (long)blocks * options.BlockSize)
            throw new StartFault($"A context of {options.MaxModelLen} tokens needs more than {blocks} KV blocks of {options.BlockSize}; "
                + "raise --kv-cache-mib or lower --max-model-len.");
        var longest = Math.Min(options.MaxModelLen ?? network.MaxModelLen, (long)blocks * options.BlockSize);
        if (longest < 2) throw new StartFault("The KV cache holds no context at all; raise --kv-cache-mib or --num-kv-blocks.");
        RefuseBeyondMemory(blocks * bytesPerBlock);
        return new EngineOptions
        {
            MaxNumSeqs = options.MaxNumSeqs,
            MaxNumBatchedTokens = Math.Max(options.MaxNumBatchedTokens, options.MaxNumSeqs),
            MaxNumWaiting = options.MaxNumWaiting,
            MaxModelLen = (int)longest,
            BlockSize = options.BlockSize,
            NumBlocks = blocks,
            EnablePrefixCaching = options.PrefixCaching,
        };
    }

    // Linux would grant the memory and end the process when it is used.
    static void RefuseBeyondMemory(long bytes)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > memory)
            throw new StartFault($"The KV cache of {bytes >> 20} MiB does not fit this machine's memory of {memory >> 20} MiB; "
                + "lower --kv-cache-mib or --num-kv-blocks.");
    }
}
